"""Recorders: cassettes of vcrpy, pytest-recording and cassetter, taken in whole.

Nothing of them is passed over: an interaction that cannot be read is a problem, one
that is no HTTP is left out and said to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from harness.cassette import paper
from harness.cassette._flaw import Flaw, Way
from harness.cassette.sheet import interaction, words
from harness.cassette.sheet.blobs import Fetch
from harness.cassette.tape import Exchange, Tape
from harness.errors import CassetteError, Problem
from harness.wire.http import header


@dataclass(frozen=True, slots=True)
class Found:
    """What a cassette of another tool holds.

    ``tape`` has who wrote it and when among its provenance; ``unread`` are the
    problems of interactions that are not on it, ``left_out`` those that could not be:
    gRPC calls, WebSockets.
    """

    tool: str
    tape: Tape
    unread: tuple[Problem, ...] = ()
    left_out: tuple[Problem, ...] = ()


def read(data: bytes, path: str, blob: Fetch | None = None) -> Found:
    """The cassette, whichever of these tools wrote it.

    Args:
        data: the file's bytes.
        path: what messages call the file; its name tells the notation.
        blob: fetches what was folded out of it, where it is one of ours.

    Raises:
        CassetteError: where it is no cassette at all, or has no HTTP in it.
    """
    text, held = _held(data, path)
    left_out = tuple(words.problem(flaw, text, path) for flaw in _others(held))
    if left_out and not held.get("interactions"):
        raise CassetteError(*left_out)
    tool = _tool(held)
    unread: tuple[Problem, ...] = ()
    try:
        tape = paper.load(data, path, blob)
    except CassetteError as error:
        tape, flaws = _piece_by_piece(held)
        unread = tuple(words.problem(flaw, text, path) for flaw in flaws)
        unread = unread or error.problems
    told = {**tape.provenance, "imported": f"{tool} cassette {_name(path)}"}
    recorded = tape.provenance.get("recorded") or _date(held, tape.exchanges)
    if recorded is not None:
        told["recorded"] = recorded
    return Found(tool, Tape(tape.exchanges, told), unread, left_out)


def _held(data: bytes, path: str) -> tuple[str, dict[str, Any]]:
    """The text, and what it holds, proven to be the cassette of some tool."""
    readable = data.decode(errors="replace").removeprefix("\ufeff")
    try:
        text = words.decoded(data)
        held = words.read(text, path)
        if not isinstance(held, dict) or not any(held.get(key) for key in OTHERS):
            paper.listed(held)
        return text, held
    except Flaw as flaw:
        raise CassetteError(words.problem(flaw, readable, path)) from flaw


def _piece_by_piece(held: dict[str, Any]) -> tuple[Tape, list[Flaw]]:
    """What can be read, and why the rest cannot."""
    exchanges: list[Exchange] = []
    flaws: list[Flaw] = []
    room = paper.MOST_UNPACKED
    for number, one in enumerate(held["interactions"]):
        try:
            exchange = interaction.read(one, ("interactions", number), max(0, room))
        except Flaw as flaw:
            flaws.append(flaw)
            continue
        room -= sum(map(len, exchange.response.chunks))
        exchanges.append(exchange)
    return Tape(tuple(exchanges)), flaws


def _others(held: dict[str, Any]) -> Iterator[Flaw]:
    for key, kind in OTHERS.items():
        others = held.get(key)
        for number, _ in enumerate(others if isinstance(others, list) else ()):
            way: Way = (key, number)
            yield Flaw(way, "H514", f"{kind}: left out, since it is no HTTP exchange")


def _tool(held: dict[str, Any]) -> str:
    """Who wrote it; pytest-recording's are vcrpy's own."""
    if "harness" in held:
        return "harness"
    if any(key in held for key in OTHERS):
        return "cassetter"
    first = next(iter(held["interactions"]), None)
    of_cassetter = isinstance(first, dict) and "recorded_at" in first
    return "cassetter" if of_cassetter else "vcrpy"


def _date(held: dict[str, Any], exchanges: Iterable[Exchange]) -> str | None:
    """The first day that is told, by the recorder or by a server."""
    for one in held["interactions"]:
        told = one.get("recorded_at") if isinstance(one, dict) else None
        found = ISO.match(told) if isinstance(told, str) else None
        if found:
            return found[0]
    for exchange in exchanges:
        found = SERVERS.search(header(exchange.response.headers, "date") or "")
        if found:
            return f"{found['year']}-{MONTHS[found['month']]}-{found['day']}"
    return None


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


OTHERS = {"grpc_interactions": "a gRPC call", "ws_interactions": "a WebSocket"}
"""What else cassetter keeps."""

MONTHS = {
    "Jan": "01",
    "Feb": "02",
    "Mar": "03",
    "Apr": "04",
    "May": "05",
    "Jun": "06",
    "Jul": "07",
    "Aug": "08",
    "Sep": "09",
    "Oct": "10",
    "Nov": "11",
    "Dec": "12",
}
ISO = re.compile(r"\d{4}-\d\d-\d\d")
SERVERS = re.compile(rf"(?P<day>\d\d) (?P<month>{'|'.join(MONTHS)}) (?P<year>\d{{4}})")
"""A date as servers give it (https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7)."""
