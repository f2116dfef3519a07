"""Fixtures: what aimock answers to what, read off its JSON files.

aimock (https://aimock.copilotkit.dev, formerly llmock) serves answers that were
written or recorded without their wire: ``{"fixtures": [{"match": {...}, "response":
{...}}]}``. The first whose ``match`` fits a request answers it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.cassette._flaw import Flaw, Way, check_kind, get
from harness.cassette.foreign.answers import (
    INPUT,
    OUTPUT,
    TOTAL,
    Says,
    Unsayable,
    said,
)
from harness.cassette.sheet import jsontext, words
from harness.errors import CassetteError


@dataclass(frozen=True, slots=True)
class Fixture:
    """One answer, and what it is the answer to.

    ``number`` is its place in the file, from 0; ``breaks`` is whether the answer
    breaks off before its end.
    """

    number: int
    match: Mapping[str, Any]
    says: Says
    breaks: bool = False

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The parts of it that call a tool."""
        parts = self.says.get("parts", ())
        return [part for part in parts if part["type"] == "tool_call"]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The fixtures of a file, and what of it could not be taken over, with why.

    ``listed`` is how many there are, ``fixtures`` those that a suite can say.
    """

    text: str
    listed: int
    fixtures: tuple[Fixture, ...]
    remarks: tuple[Flaw, ...]


def is_fixtures(data: bytes) -> bool:
    """Whether a file is one of aimock's."""
    try:
        held = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(held, dict) and isinstance(held.get("fixtures"), list)


def read(data: bytes, path: str) -> Shelf:
    """The fixtures of a file.

    Raises:
        CassetteError: where it is none of aimock's, or not as it should be.
    """
    readable = data.decode(errors="replace").removeprefix("\ufeff")
    try:
        text = words.decoded(data)
        held = jsontext.read(text)
        check_kind(held, dict, ())
        _check_letters(held, text)
        entries = get(held, "fixtures", list, ())
        fixtures: list[Fixture] = []
        remarks: list[Flaw] = []
        for number, entry in enumerate(entries):
            _check(entry, ("fixtures", number))
            fixture, found = _fixture(number, entry)
            fixtures += fixture
            remarks += found
    except Flaw as flaw:
        raise CassetteError(words.problem(flaw, readable, path)) from flaw
    return Shelf(text, len(entries), tuple(fixtures), tuple(remarks))


def _check_letters(held: Any, text: str) -> None:
    """Raise a flaw for half a letter, which JSON can hold and no other text can."""
    try:
        json.dumps(held, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = HALF.search(text)
        message = "half a letter (a lone surrogate): no text can hold it"
        raise Flaw(half.start() if half else 0, "H506", message) from error


def _check(entry: Any, at: Way) -> None:
    check_kind(entry, dict, at)
    match = get(entry, "match", dict, at)
    get(entry, "response", dict, at)
    for key, kind in MATCHES.items():
        if match.get(key) is not None:
            found = match[key]
            if not isinstance(found, kind) or (kind is int and found is True):
                wanted = " or ".join(SPELT[one] for one in _kinds(kind))
                message = f"{key} should be {wanted}"
                raise Flaw((*at, "match", key), "H503", message)


def _kinds(kind: Any) -> tuple[type, ...]:
    return kind if isinstance(kind, tuple) else (kind,)


def _fixture(number: int, entry: Any) -> tuple[list[Fixture], list[Flaw]]:
    """The fixture, or none, and what of it is not taken over."""
    match, response = entry["match"], entry["response"]
    at: Way = ("fixtures", number)
    endpoint = match.get("endpoint", "chat")
    if endpoint != "chat":
        message = f"left out: a suite asks no {endpoint!r} endpoint"
        return [], [Flaw((*at, "match", "endpoint"), "H514", message)]
    try:
        says = said(response)
    except Unsayable as error:
        message = f"left out: {error}"
        return [], [Flaw((*at, "response"), "H514", message)]
    remarks = [
        *_unkept(entry, ENTRY, at, ("match", "response")),
        *_unkept(match, MATCH, (*at, "match"), tuple(MATCHES)),
        *_unkept(response, RESPONSE, (*at, "response"), SAID),
    ]
    usage = response.get("usage")
    if isinstance(usage, dict):
        way = (*at, "response", "usage")
        remarks += _unkept(usage, {}, way, tuple({**INPUT, **OUTPUT, **TOTAL}))
    breaks = "parts" in says and any(entry.get(key) for key in BREAKING)
    return [Fixture(number, match, says, breaks)], remarks


def _unkept(
    held: Mapping[str, Any], why: Mapping[str, str], at: Way, known: tuple[str, ...]
) -> Iterator[Flaw]:
    """The keys of a mapping that are not taken over, each with the reason."""
    for key, value in held.items():
        if value is None or (key in known and key not in why) or key.startswith("$"):
            continue
        reason = why.get(key, "a suite has no place for it")
        yield Flaw((*at, key), "H514", f"{key} is not taken over: {reason}")


SAID = (
    "blocks",
    "content",
    "error",
    "finishReason",
    "reasoning",
    "reasoningSignature",
    "redactedThinking",
    "status",
    "toolCalls",
    "usage",
)

MATCHES: Mapping[str, Any] = {
    "userMessage": str,
    "systemMessage": (str, list),
    "toolCallId": str,
    "toolResultContains": str,
    "toolName": str,
    "model": str,
    "sequenceIndex": int,
    "turnIndex": int,
    "hasToolResult": bool,
    "endpoint": str,
}
"""What a request must have, as far as a case can be made to have it."""

SPELT: dict[type, str] = {
    str: "text",
    list: "a list",
    int: "a whole number",
    bool: "true or false",
}

TIMING = "a suite keeps no time; every cut and no delay is tried instead"
BREAKS = "the case breaks off after the first event, wherever the wire has it"
CHANCE = "a suite leaves nothing to chance: write inject: {fault: ...}"
HALF = re.compile(
    r"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F].."
)
"""A surrogate as JSON escapes it, without its other half."""

BREAKING = ("disconnectAfterMs", "truncateAfterChunks")
ENVELOPE = "each wire makes its own"

ENTRY = {
    "chaos": CHANCE,
    "chunkSize": "answers are cut at every place when they are checked",
    "disconnectAfterMs": BREAKS,
    "latency": TIMING,
    "recordedTimings": TIMING,
    "replaySpeed": TIMING,
    "streamingProfile": TIMING,
    "truncateAfterChunks": BREAKS,
}

MATCH = {
    "context": "a case asks for itself, whichever context its request came from",
    "inputText": "a suite asks for no embeddings",
    "responseFormat": "a case asks for a schema, and the fixture has none",
}

RESPONSE = {
    **dict.fromkeys(("created", "id", "model", "role", "systemFingerprint"), ENVELOPE),
    "fallthrough": "a suite asks one model",
    "nativeFinishReason": ENVELOPE,
    "provider": ENVELOPE,
    "retryAfter": "write inject: {fault: status, headers: {retry-after: ...}}",
    "webSearches": "a search of the server's own has results, and the fixture none",
}
