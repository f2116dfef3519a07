"""Match: how a request that is sent now differs from the one that was recorded.

Playing goes by position; this only tells what changed, in words such as
``body.messages[1].content``. The host is no difference, since base URLs are ours to
choose, nor is the order of keys, nor a value that was masked when it was recorded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from harness.cassette.mask import masked
from harness.cassette.secret import MASK
from harness.wire.http import Request

Ignored: TypeAlias = Callable[[str], bool]
Pairs: TypeAlias = Iterator[tuple[str, Any, Any]]
"""A path, and what stands there on either side."""


class Missing(Enum):
    """What stands where one side has nothing."""

    MISSING = "nothing"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two requests differ; either side may be ``MISSING``."""

    path: str
    recorded: Any
    sent: Any


def request_differences(
    recorded: Request, sent: Request, ignore: tuple[str, ...] = ()
) -> list[Difference]:
    """All differences of method, path, query and body.

    Args:
        recorded: the request on the tape.
        sent: what the adapter sends now.
        ignore: paths that may differ, with all that is below them. ``*`` is any
            name or ``[*]`` any index, ``**`` any number of either. A path that does
            not begin with ``body.`` may mean that too: ``messages[*].id``.
    """
    facts = _facts(recorded), _facts(sent)
    found = list(_walk(*facts, "", _ignored(ignore)))
    return found + differences(recorded.body, sent.body, ignore)


def differences(
    recorded: Any, sent: Any, ignore: tuple[str, ...] = (), root: str = "body"
) -> list[Difference]:
    """All differences of two bodies: bytes, or JSON values.

    Bytes that are JSON are compared as JSON, others as they are.
    """
    if isinstance(recorded, bytes) and isinstance(sent, bytes):
        if recorded == sent:
            return []
        parsed = _parsed(recorded), _parsed(sent)
        if MISSING not in parsed:
            recorded, sent = parsed
        elif _masks(recorded.decode("latin-1"), sent.decode("latin-1")):
            return []
    return list(_walk(recorded, sent, root, _ignored(ignore)))


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return MISSING


def _facts(request: Request) -> dict[str, Any]:
    path, query = _target(request.url)
    return {"method": request.method.upper(), "path": path, "query": query}


def _target(url: str) -> tuple[str, dict[str, list[str]]]:
    """Path and query of a URL, both decoded."""
    rest = url.partition("#")[0].partition("://")[2] or url
    place, _, query = rest.partition("?")
    values: dict[str, list[str]] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.replace("+", " ").partition("=")
        values.setdefault(_unquoted(name), []).append(_unquoted(value))
    return "/" + _unquoted(place.partition("/")[2]), values


def _unquoted(text: str) -> str:
    raw = text.encode(errors="replace")
    return QUOTED.sub(lambda m: bytes((int(m[1], 16),)), raw).decode(errors="replace")


def _walk(
    recorded: Any, sent: Any, root: str, ignored: Ignored, *, aligned: bool = True
) -> Iterator[Difference]:
    """Differences in the order they stand; a loop, since bodies nest as they like."""
    todo = [(root, recorded, sent)]
    while todo:
        path, old, new = todo.pop()
        if old is new or ignored(path) or old == MASK:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            todo += reversed([*_members(path, old, new)])
        elif isinstance(old, list) and isinstance(new, list):
            if len(old) == len(new) or not aligned:
                pairs = _in_step(path, old, new, 0)
            else:
                pairs = _aligned(path, old, new, ignored)
            todo += reversed([*pairs])
        elif isinstance(old, str) and isinstance(new, str) and _masks(old, new):
            continue
        elif old != new or isinstance(old, bool) is not isinstance(new, bool):
            yield Difference(path, old, new)


def _masks(old: str, new: str) -> bool:
    """Whether the old text is the new one, but for what was masked in it.

    That is what would be masked now, or a word, of whatever shape: keys are others
    when a recording is played, and a project masks what it likes.
    """
    if MASK not in old:
        return False
    pieces = old.split(MASK)
    return old == MASK or _words(pieces, new) or _words(pieces, masked(new))


def _words(pieces: list[str], text: str) -> bool:
    """Whether a text is those pieces with a word between each and the next."""
    first, *others, last = pieces
    place = len(first)
    if not text.startswith(first) or not text.endswith(last):
        return False
    for piece in others:
        at = text.find(piece, place + 1)
        if at < 0 or SPACE.search(text, place, at):
            return False
        place = at + len(piece)
    end = len(text) - len(last)
    return place < end and not SPACE.search(text, place, end)


def _members(path: str, old: dict[str, Any], new: dict[str, Any]) -> Pairs:
    for key in dict.fromkeys((*old, *new)):
        yield _below(path, key), old.get(key, MISSING), new.get(key, MISSING)


def _below(path: str, key: str) -> str:
    if not WORD.fullmatch(key):
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key


def _in_step(path: str, old: list[Any], new: list[Any], start: int) -> Pairs:
    for n in range(max(len(old), len(new))):
        before = old[n] if n < len(old) else MISSING
        after = new[n] if n < len(new) else MISSING
        yield f"{path}[{start + n}]", before, after


def _aligned(path: str, old: list[Any], new: list[Any], ignored: Ignored) -> Pairs:
    """Lists of unlike length, without what both begin and end with.

    So one message more is one difference, wherever it was put.
    """

    def same(m: int, n: int) -> bool:
        place = f"{path}[{m}]"
        found = _walk(old[m], new[n], place, ignored, aligned=False)
        return next(found, None) is None

    head, last_old, last_new = 0, len(old), len(new)
    while head < min(last_old, last_new) and same(head, head):
        head += 1
    while head < min(last_old, last_new) and same(last_old - 1, last_new - 1):
        last_old, last_new = last_old - 1, last_new - 1
    return _in_step(path, old[head:last_old], new[head:last_new], head)


def _ignored(patterns: tuple[str, ...]) -> Ignored:
    choice = "|".join(_pattern(p) for p in patterns if p)
    if not choice:
        return lambda path: False
    found = re.compile(rf"(?:body\.?)?(?:{choice})(?:[.\[].*)?", re.DOTALL)
    return lambda path: found.fullmatch(path) is not None


def _pattern(path: str) -> str:
    pieces = re.split(r"(\*\*\.?|\[\*\]|\*)", path)
    return "".join(GLOBS.get(piece) or re.escape(piece) for piece in pieces)


WORD = re.compile(r"[\w$-]+")
SPACE = re.compile(r"\s")
QUOTED = re.compile(rb"%([0-9A-Fa-f]{2})")
GLOBS = {
    "**": ".*",
    "**.": r"(?:.*\.)?",
    "[*]": r"\[\d+\]",
    "*": r"[^.\[]*",
}
