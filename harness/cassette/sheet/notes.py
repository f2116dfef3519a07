"""Notes: what we write beside the interactions, for which vcrpy has no place."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any, get_args

from harness.cassette import _yaml
from harness.cassette._flaw import AGAIN, Flaw, Way, check_kind, check_known, get
from harness.cassette.digest import request_digest
from harness.cassette.tape import Tape
from harness.wire.http import Ending, Response

ENDINGS = get_args(Ending)


def write(tape: Tape) -> dict[str, Any]:
    """The notes on a tape, in the order a person wants them."""
    notes: dict[str, Any] = {}
    if tape.provenance:
        notes["provenance"] = tape.provenance
    notes["requests"] = request_digest(tape)
    notes["exchanges"] = [_cut(e.response) for e in tape.exchanges]
    return notes


def find(data: dict[str, Any]) -> tuple[Way, dict[str, Any]]:
    """The notes in a file, and where they stand."""
    way: Way = ("harness",)
    notes = data.get("harness", {})
    match data.get("metadata"):
        case {"harness": notes}:
            way = ("metadata", "harness")
    check_kind(notes, dict, way)
    check_known(notes, ("provenance", "requests", "exchanges"), way)
    return way, notes


def cuts(notes: dict[str, Any], way: Way, number: int) -> list[dict[str, Any]]:
    """How each of so many answers was cut, delayed and ended."""
    if "exchanges" not in notes:
        return [{}] * number
    found: list[dict[str, Any]] = get(notes, "exchanges", list, way)
    if len(found) != number:
        message = f"{len(found)} entries for {number} interactions"
        raise Flaw((*way, "exchanges"), "H509", message, AGAIN)
    return found


def timed(response: Response, cut: dict[str, Any], at: Way) -> Response:
    """The response with its body cut, delayed and ended as it was heard."""
    check_kind(cut, dict, at)
    check_known(cut, ("chunks", "delays", "ending"), at)
    if not cut:
        return response
    ending = cut.get("ending", "eof")
    if ending not in ENDINGS:
        message = f"ending {ending!r} is none of {', '.join(ENDINGS)}"
        raise Flaw((*at, "ending"), "H503", message)
    chunks = _chunks(response.chunks, cut, at)
    delays = _numbers(cut.get("delays", []), (*at, "delays"))
    if delays and len(delays) != len(chunks):
        message = f"{len(delays)} delays for {len(chunks)} chunks"
        raise Flaw((*at, "delays"), "H509", message, "delete the delays")
    return replace(response, chunks=chunks, delays=tuple(delays), ending=ending)


def provenance(notes: dict[str, Any], way: Way) -> dict[str, str]:
    """Where the tape comes from."""
    told: dict[str, str] = notes.get("provenance", {})
    check_kind(told, dict, (*way, "provenance"))
    for key, value in told.items():
        check_kind(value, str, (*way, "provenance", key))
    return told


def check_requests(tape: Tape, notes: dict[str, Any], way: Way) -> None:
    """Raise a flaw where the requests are not those that were recorded."""
    if "requests" not in notes:
        return
    at = (*way, "requests")
    check_kind(notes["requests"], str, at)
    if notes["requests"] != request_digest(tape):
        message = "the requests are no longer those that were recorded: edited by hand?"
        hint = (
            "harness update --rebase-request CASE keeps the answers; "
            "or delete this line if the edit was meant"
        )
        raise Flaw(at, "H510", message, hint)


def _cut(response: Response) -> dict[str, Any]:
    cut: dict[str, Any] = {"chunks": _yaml.Row(map(len, response.chunks))}
    if response.delays:
        cut["delays"] = _yaml.Row(response.delays)
    return {**cut, "ending": response.ending}


def _chunks(
    whole: tuple[bytes, ...], cut: dict[str, Any], at: Way
) -> tuple[bytes, ...]:
    if "chunks" not in cut:
        return whole
    body = b"".join(whole)
    lengths = _numbers(cut["chunks"], (*at, "chunks"))
    if sum(lengths) != len(body):
        message = f"chunks hold {sum(lengths)} bytes, the body {len(body)}"
        hint = "delete the chunks and delays to play the body whole, or record it again"
        raise Flaw((*at, "chunks"), "H509", message, hint)
    edges = pairwise(accumulate(lengths, initial=0))
    return tuple(body[start:end] for start, end in edges)


def _numbers(value: Any, at: Way) -> list[int]:
    check_kind(value, list, at)
    for index, number in enumerate(value):
        if type(number) is not int or number < 0:
            raise Flaw((*at, index), "H503", f"{number!r} is no count", AGAIN)
    return list(value)
