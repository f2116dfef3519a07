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

Found: TypeAlias = tuple[Way, str]
"""Where in a cassette a secret stands, and what it is."""


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
    return [
        Leak(_place(text, index, path), what)
        for index, what in sorted({*_in(text, _known(secrets))})
    ]


def scan_tape(
    tape: Tape, secrets: Mapping[str, str], text: str, path: str = "cassette"
) -> list[Leak]:
    """Every secret in the values of a tape; places are those in the file's text."""
    known = _known(secrets)
    found: dict[Found, None] = {}
    for number, exchange in enumerate(tape.exchanges):
        for way, what in _in_exchange(exchange, known):
            found[(("interactions", number, *way), what)] = None
    return [
        Leak(problem(Flaw(way, "H508", what), text, path).place, what)
        for way, what in found
    ]


# ------------------------------------------------------------------ where one stands


def _in_exchange(exchange: Exchange, known: Known) -> Iterator[Found]:
    request, response = exchange.request, exchange.response
    yield from _each(("request", "uri"), _readings(request.url), known)
    for side, message in (("request", request), ("response", response)):
        for name, value in message.headers:
            for text in (name, value):
                yield from _each((side, "headers", name), _readings(text), known)
    yield from _each(("request", "body"), _of_bytes(request.body), known)
    body = b"".join(response.chunks)
    yield from _each(("response", "body"), _of_bytes(body), known)
    yield from _each(("response", "body"), _joined(response), known)


def _each(way: Way, texts: Iterable[str], known: Known) -> Iterator[Found]:
    for text in texts:
        yield from ((way, what) for _, what in _in(text, known))


def _of_bytes(body: bytes) -> Iterator[str]:
    try:
        yield from _readings(body.decode())
    except UnicodeDecodeError:
        # Letters in it are letters all the same, and so are those of UTF-8.
        yield from _readings(body.decode("latin-1"))
        yield body.decode(errors="replace")


def _readings(text: str) -> Iterator[str]:
    """The text, and what it says to whoever takes a quoting off."""
    yield text
    plain = text
    for _ in range(MOST_QUOTINGS):
        if "\\" not in plain:
            break
        plain = ESCAPE.sub(_unescaped, plain)
        yield plain
    if "%" in text:
        yield PERCENT.sub(lambda m: chr(int(m[1], 16)), text)
    for run in BASE64.finditer(text):
        yield from _unpacked(run[0])


def _unescaped(match: re.Match[str]) -> str:
    said = match[1]
    return chr(int(said[1:], 16)) if said[0] == "u" else ESCAPES.get(said, said)


def _unpacked(run: str) -> Iterator[str]:
    standard = run.rstrip("=").replace("-", "+").replace("_", "/")
    standard = standard[: len(standard) - (len(standard) % 4 == 1)]
    try:
        yield b64decode(standard + "=" * (-len(standard) % 4)).decode("latin-1")
    except ValueError:
        return


def _joined(response: Response) -> Iterator[str]:
    """What a stream says in pieces, put together: texts at one place in its JSON."""
    kind = header(response.headers, "content-type") or ""
    reads = [read for name, read in READERS.items() if name in kind]
    pieces: dict[Way, list[str]] = {}
    for read in reads:
        try:
            for frame in read(response.chunks):
                for way, text in _leaves(frame.data):
                    pieces.setdefault(way, []).append(text)
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
                    for text in _unpacked(value):
                        yield from (((*way, *w), t) for w, t in _leaves(text))
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
            index = text.find(form)
            if index >= 0:
                yield index, f"the value of {name}{how}"
                break


def _place(text: str, index: int, path: str) -> Place:
    line = text.count("\n", 0, index) + 1
    return Place(path, line, index - text.rfind("\n", 0, index))


SHORTEST_BASE64 = 24
MOST_QUOTINGS = 3
"""JSON in JSON in JSON: arguments of a call in an event of an event."""

BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}")
PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|[\\\"/nrtbf])")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

READERS: dict[str, Callable[[Iterable[bytes]], Iterator[Frame]]] = {
    "event-stream": sse.read,
    "ndjson": ndjson.read,
    "jsonl": ndjson.read,
    "eventstream": eventstream.read,
    "json": jsonarray.read,
}
"""How a stream is read, by a word in its content type."""
