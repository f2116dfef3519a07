"""Scan: secrets that got through, found in whatever was written.

A file is read as it stands, for what is in its comments; then each value by itself,
since YAML folds and escapes what is long, and bodies pack what they hold: in JSON,
in URLs, in base64, and in streams a piece an event.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from harness.cassette import secret
from harness.cassette._flaw import Flaw, Way
from harness.cassette.sheet.words import problem
from harness.cassette.tape import Exchange, Tape
from harness.errors import Place, WireError
from harness.wire import eventstream, jsonarray, ndjson, sse
from harness.wire.frame import Frame
from harness.wire.http import Response, header
from harness.wire.packing import Unpacker

Found: TypeAlias = tuple[Way, str]
"""Where in a cassette a secret stands, and what it is."""

MOST_QUOTINGS = 3
"""JSON in JSON in JSON: arguments of a call in an event of an event."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret at a place; ``what`` says which, never the secret itself."""

    place: Place
    what: str


def scan(
    text: str | bytes, secrets: Mapping[str, str], path: str = "cassette"
) -> list[Leak]:
    """Every secret in a text: of a known shape, or one of the given values.

    Args:
        text: a file, or a body.
        secrets: values by the name a message may call them, such as
            ``{"OPENAI_API_KEY": "..."}``; found in all the ways they may be written.
        path: what places call the text.
    """
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    known = _known(secrets)
    found = {*_in(text, known)}
    if any(next(_in(plain, known), None) for plain in _unquoted(text)):
        found |= {*_in_lines(text, known, {text.count("\n", 0, i) for i, _ in found})}
    return [Leak(_place(text, index, path), what) for index, what in sorted(found)]


def scan_tape(
    tape: Tape, secrets: Mapping[str, str], text: str, path: str = "cassette"
) -> list[Leak]:
    """Every secret in the values of a tape; places are those in the file's text."""
    known = _known(secrets)
    found: dict[Found, None] = {}
    for number, exchange in enumerate(tape.exchanges):
        for way, what in _in_exchange(exchange, known):
            found[(("interactions", number, *way), what)] = None
    for name, value in tape.provenance.items():
        for hit in _each(("harness", "provenance", name), [name, value], known):
            found[hit] = None
    return [
        Leak(problem(Flaw(way, "H508", what), text, path).place, what)
        for way, what in found
    ]


# ------------------------------------------------------------------ where one stands


def _in_exchange(exchange: Exchange, known: Known) -> Iterator[Found]:
    request, response = exchange.request, exchange.response
    yield from _each(("request", "method"), [request.method], known)
    yield from _each(("request", "uri"), _readings(request.url), known)
    yield from _each(("response", "status"), _readings(response.reason), known)
    for side, message in (("request", request), ("response", response)):
        for name, value in message.headers:
            for text in (name, value):
                yield from _each((side, "headers", name), _readings(text), known)
    packed = header(request.headers, "content-encoding")
    yield from _each(("request", "body"), _of_bytes(request.body, packed), known)
    body = b"".join(response.chunks)
    at: Way = ("response", "body", "string")
    yield from _each(at, _of_bytes(body), known)
    yield from _each(at, _joined(response, body), known)


def _each(way: Way, texts: Iterable[str], known: Known) -> Iterator[Found]:
    for text in texts:
        yield from ((way, what) for _, what in _in(text, known))


def _in_lines(text: str, known: Known, told: set[int]) -> Iterator[tuple[int, str]]:
    """What only shows once its quoting is off, at the line; not in lines told of."""
    start = 0
    for number, line in enumerate(text.split("\n")):
        if number not in told:
            for plain in _unquoted(line):
                yield from ((start, what) for _, what in _in(plain, known))
        start += len(line) + 1


def _of_bytes(body: bytes, packed: str | None = None) -> Iterator[str]:
    try:
        yield from _readings(body.decode())
    except UnicodeDecodeError:
        # Letters in it are letters all the same, and so are those of UTF-8.
        yield from _readings(body.decode("latin-1"), 1)
        yield body.decode(errors="replace")
    for plain in _unpacked(body, packed):
        yield plain.decode("latin-1")
        yield plain.decode(errors="replace")


def _unpacked(body: bytes, packed: str | None = None) -> Iterator[bytes]:
    """What is packed in bytes, if they begin as what is packed does, or are said to."""
    codings = {packed, *(c for head, c in PACKED.items() if body.startswith(head))}
    for coding in codings - {None}:
        try:
            yield Unpacker(coding).feed(body)
        except ValueError:
            continue  # it only began so


def _readings(text: str, most: int = MOST_QUOTINGS) -> Iterator[str]:
    """The text, and what it says to whoever takes a quoting or packing off."""
    yield text
    plain = text
    for plain in _unquoted(text, most):
        yield plain
    runs = {*BASE64.findall(text)}
    if plain is not text:
        runs |= {*BASE64.findall(plain)}
    for block in BLOCK.findall(plain):
        runs.add("".join(block.split()))
    packed = [body for run in runs for body in _decoded(run)]
    # Together: many short texts take longer than one.
    yield "\0".join(body.decode("latin-1") for body in packed)
    for body in packed:
        yield from (plain.decode("latin-1") for plain in _unpacked(body))


def _unquoted(text: str, most: int = MOST_QUOTINGS) -> Iterator[str]:
    """The text without its escapes, and again, as long as there are any."""
    for _ in range(most):
        before = text
        if "\\" in text:
            text = ESCAPE.sub(_unescaped, text)
            if text != before:
                yield text
        if "%" in text:
            whole = PERCENT.sub(_unpercented, text)
            if whole != text:
                yield whole
                text = whole
        if text == before:
            return


def _unescaped(match: re.Match[str]) -> str:
    said = match[1]
    return ESCAPES.get(said) or (chr(int(said[1:], 16)) if said[1:] else said)


def _unpercented(match: re.Match[str]) -> str:
    raw = bytes.fromhex(match[0].replace("%", ""))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _decoded(run: str) -> Iterator[bytes]:
    standard = run.rstrip("=").replace("-", "+").replace("_", "/")
    standard = standard[: len(standard) - (len(standard) % 4 == 1)]
    try:
        yield b64decode(standard + "=" * (-len(standard) % 4))
    except ValueError:
        return


def _joined(response: Response, body: bytes) -> Iterator[str]:
    """What a stream says in pieces, put together: texts at one place in its JSON."""
    kind = header(response.headers, "content-type") or ""
    reads = {read for name, read in READERS.items() if name in kind}
    reads |= {read for start, read in BEGINNINGS if start.match(body)}
    pieces: dict[Way, list[str]] = {}
    for read in reads:
        try:
            for frame in read(response.chunks):
                for way, text in _leaves(frame.data):
                    pieces.setdefault((read.__module__, *way), []).append(text)
        except WireError:
            pass  # up to there it was read
    for texts in pieces.values():
        if len(texts) > 1:
            yield from _readings("".join(texts))


def _leaves(data: str) -> Iterator[tuple[Way, str]]:
    """The texts in a piece of JSON, each with its place; a loop, since JSON nests."""
    try:
        todo: list[tuple[Way, Any]] = [((), json.loads(data))]
    except (ValueError, RecursionError):
        return
    while todo:
        way, value = todo.pop()
        match value:
            case str():
                yield way, value
                if len(value) >= SHORTEST_BASE64 and BASE64.fullmatch(value):
                    # Bedrock packs the events of a model into its own.
                    for body in _decoded(value):
                        below = _leaves(body.decode("latin-1"))
                        yield from (((*way, *w), t) for w, t in below)
            case dict():
                todo += [((*way, key), below) for key, below in value.items()]
            case list():
                todo += [((*way, n), below) for n, below in enumerate(value)]


# ------------------------------------------------------------------------- what one is

Known: TypeAlias = list[tuple[str, list[tuple[str, str]]]]
"""Names of secrets, and all the ways each may be written."""


def _known(secrets: Mapping[str, str]) -> Known:
    return [
        (name, [*secret.forms(value)])
        for name, value in secrets.items()
        if len(value) >= secret.SHORTEST
    ]


def _in(text: str, known: Known) -> Iterator[tuple[int, str]]:
    for start, end, kind in secret.keys(text):
        if secret.MASK not in text[start:end]:
            yield start, f"a key of the shape {kind}..."
    for name, forms in known:
        for how, form in forms:
            if form in text:
                what = f"the value of {name}{how}"
                yield from ((index, what) for index in secret.places(text, form))
                break


def _place(text: str, index: int, path: str) -> Place:
    line = text.count("\n", 0, index) + 1
    return Place(path, line, index - text.rfind("\n", 0, index))


SHORTEST_BASE64 = 24
BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24}[A-Za-z0-9+/_-]*+={0,2}")
BLOCK = re.compile(
    r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{60,76}\r?\n[ \t]*)+[A-Za-z0-9+/]+={0,2}"
)
"""Base64 in lines, as e-mail has it."""

PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[\\\"/nrtbf])")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

PACKED = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x78\x01": "deflate",
    b"\x78\x9c": "deflate",
    b"\x78\xda": "deflate",
}
"""How packed bodies begin, and what unpacks them."""

READERS: dict[str, Callable[[Iterable[bytes]], Iterator[Frame]]] = {
    "event-stream": sse.read,
    "ndjson": ndjson.read,
    "jsonl": ndjson.read,
    "eventstream": eventstream.read,
    "json": jsonarray.read,
}
"""How a stream is read, by a word in its content type."""

BEGINNINGS = (
    (re.compile(rb"\s*(?:data|event|id|retry)?:"), sse.read),
    (re.compile(rb"\s*\{[^\n]*\n\s*\{"), ndjson.read),
    (re.compile(rb"\s*\["), jsonarray.read),
)
"""How a stream begins, whatever its content type says."""
