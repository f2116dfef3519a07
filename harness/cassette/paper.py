"""Paper: a tape written as a vcrpy cassette that a person can read, and read back.

The file is a vcrpy version 1 YAML cassette. What vcrpy has no place for stands
under ``harness``, which vcrpy, pytest-recording and cassetter pass over::

    harness:
      provenance: {server: ..., model: ..., recorded: ..., version: ...}
      exchanges:                   # one for each interaction, in their order
      - chunks: [112, 97, 14]      # bytes in each chunk; left out: one chunk
        delays: [180, 20, 3]       # milliseconds each was waited for, if known
        ending: eof                # or cut, or reset
    interactions:
    - request: {body: ..., headers: {name: [value]}, method: ..., uri: ...}
      response: {body: {string: ...}, headers: ..., status: {code: ..., message: ...}}
    version: 1

It is not under vcrpy's own ``metadata``, since pytest-recording 0.14.1 cannot load
any cassette that has some (``too many values to unpack``); it is read there as well.
``version`` stands last, as vcrpy has it, so a file that was cut short shows.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any, get_args

from harness.cassette import _interaction, _yaml
from harness.cassette._flaw import AGAIN, Flaw, Way, check_kind, check_known, get
from harness.cassette.tape import Exchange, Tape, settled
from harness.errors import CassetteError, Place, Problem
from harness.wire.http import Ending, Response

ENDINGS = get_args(Ending)
MOST_UNPACKED = 64 << 20
"""Bytes all bodies of a tape may hold together, once unpacked."""


def load(text: bytes, path: str) -> Tape:
    """The tape written by us, vcrpy, pytest-recording or cassetter.

    Args:
        text: the file's bytes.
        path: what messages call the file.

    Raises:
        CassetteError: for anything that is not a whole, harmless cassette.
    """
    words = text.decode(errors="replace")
    try:
        _check_text(text)
        return _tape(_yaml.read(words.removeprefix("\ufeff")))
    except Flaw as flaw:
        found = _yaml.problem(flaw, words.removeprefix("\ufeff"), path)
        raise CassetteError(found) from flaw


def dump(tape: Tape, path: str = "cassette") -> bytes:
    """The file's bytes, proven to read back as the :func:`settled` tape.

    Raises:
        CassetteError: if no cassette can hold this tape.
    """
    tape = settled(tape)
    written = _yaml.write(_document(tape))
    if load(written, path) != tape:
        message = "what was written does not read back the same"
        raise CassetteError(Problem(Place(path), "H502", message))
    return written


def _check_text(text: bytes) -> None:
    try:
        words = text.decode()
    except UnicodeDecodeError as error:
        at = len(text[: error.start].decode())
        message = f"byte 0x{text[error.start]:02x} is not UTF-8: this is no text file"
        raise Flaw(at, "H506", message, AGAIN) from error
    if not words.strip("\ufeff \t\r\n"):
        raise Flaw(0, "H502", "the file is empty", AGAIN)


def _tape(data: Any) -> Tape:
    if isinstance(data, list):
        message = "a cassette of vcrpy before 1.0"
        raise Flaw((), "H503", message, "python -m vcr.migration FILE")
    check_kind(data, dict, ())
    interactions = get(data, "interactions", list, ())
    if get(data, "version", int, ()) != 1:
        raise Flaw(("version",), "H503", "only version 1 can be read", AGAIN)
    if not interactions:
        raise Flaw(("interactions",), "H503", "nothing was recorded here", AGAIN)
    way, facts = _facts(data)
    exchanges = []
    room = MOST_UNPACKED
    for number, cut in enumerate(_cuts(facts, way, len(interactions))):
        at: Way = ("interactions", number)
        exchange = _interaction.read(interactions[number], at, max(0, room))
        response = _timed(exchange.response, cut, (*way, "exchanges", number))
        room -= sum(map(len, response.chunks))
        exchanges.append(Exchange(exchange.request, response))
    return Tape(tuple(exchanges), _provenance(facts, way))


def _facts(data: dict[str, Any]) -> tuple[Way, dict[str, Any]]:
    """What we noted beside the interactions, and where it stands."""
    way: Way = ("harness",)
    facts = data.get("harness", {})
    match data.get("metadata"):
        case {"harness": facts}:
            way = ("metadata", "harness")
    check_kind(facts, dict, way)
    check_known(facts, ("provenance", "exchanges"), way)
    return way, facts


def _cuts(facts: dict[str, Any], way: Way, number: int) -> list[dict[str, Any]]:
    if "exchanges" not in facts:
        return [{}] * number
    cuts: list[dict[str, Any]] = get(facts, "exchanges", list, way)
    if len(cuts) != number:
        message = f"{len(cuts)} entries for {number} interactions"
        raise Flaw((*way, "exchanges"), "H509", message, AGAIN)
    return cuts


def _timed(response: Response, cut: dict[str, Any], at: Way) -> Response:
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


def _provenance(facts: dict[str, Any], way: Way) -> dict[str, str]:
    provenance: dict[str, str] = facts.get("provenance", {})
    check_kind(provenance, dict, (*way, "provenance"))
    for key, value in provenance.items():
        check_kind(value, str, (*way, "provenance", key))
    return provenance


def _document(tape: Tape) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if tape.provenance:
        facts["provenance"] = tape.provenance
    facts["exchanges"] = [_cut(e.response) for e in tape.exchanges]
    interactions = [_interaction.write(e) for e in tape.exchanges]
    return {"harness": facts, "interactions": interactions, "version": 1}


def _cut(response: Response) -> dict[str, Any]:
    cut: dict[str, Any] = {"chunks": _yaml.Row(map(len, response.chunks))}
    if response.delays:
        cut["delays"] = _yaml.Row(response.delays)
    return {**cut, "ending": response.ending}
