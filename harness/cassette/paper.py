"""Paper: a tape written as a vcrpy cassette that a person can read, and read back.

The file is a vcrpy version 1 YAML cassette. What vcrpy has no place for stands
under ``harness``, which vcrpy, pytest-recording and cassetter pass over::

    harness:
      provenance: {server: ..., model: ..., recorded: ..., version: ...}
      requests: sha256:...         # of all requests; says if they were edited since
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

from typing import Any

from harness.cassette import _yaml
from harness.cassette._flaw import AGAIN, Flaw, Way, check_kind, get
from harness.cassette.sheet import interaction, notes, words
from harness.cassette.sheet.blobs import FOLD, Fetch, fold
from harness.cassette.tape import Exchange, Tape, settled
from harness.errors import CassetteError, Place, Problem

MOST_UNPACKED = 64 << 20
"""Bytes all bodies of a tape may hold together, once unpacked and unfolded."""


def load(
    text: bytes, path: str, blob: Fetch | None = None, *, edited: bool = False
) -> Tape:
    """The tape written by us, vcrpy, pytest-recording or cassetter.

    Args:
        text: the file's bytes.
        path: what messages call the file.
        blob: fetches what was folded out of it.
        edited: whether its requests may be others than those that were recorded.

    Raises:
        CassetteError: for anything that is not a whole, harmless cassette.
    """
    readable = ""
    try:
        readable = text.decode(errors="replace").removeprefix("\ufeff")
        return _tape(words.read(words.decoded(text), path), blob, edited=edited)
    except Flaw as flaw:
        found = words.problem(flaw, readable, path)
        raise CassetteError(found) from flaw


def dump(tape: Tape, path: str = "cassette") -> bytes:
    """The file's bytes, proven to read back as the :func:`settled` tape.

    Nothing is folded, so vcrpy and pytest-recording play it as it is.

    Raises:
        CassetteError: if no cassette can hold this tape.
    """
    return dump_folded(tape, path, None)[0]


def dump_folded(
    tape: Tape, path: str = "cassette", least: int | None = FOLD
) -> tuple[bytes, dict[str, bytes]]:
    """The same with long base64 folded out of it, and those blobs by their names.

    Args:
        tape: what is to be written.
        path: what messages call the file.
        least: letters from which base64 is folded; ``None``: none is. vcrpy cannot
            play a file out of which something was folded, and refuses it.

    Raises:
        CassetteError: if no cassette can hold this tape.
    """
    tape = settled(tape)
    blobs: dict[str, bytes] = {}

    def taken_out(body: bytes) -> _yaml.Folded | None:
        found = fold(body, least) if least is not None else None
        if found is None:
            return None
        blobs.update(found[1])
        return found[0]

    written = _yaml.write(
        {
            "harness": notes.write(tape),
            "interactions": [interaction.write(e, taken_out) for e in tape.exchanges],
            "version": 1,
        }
    )
    if load(written, path, blobs.get) != tape:
        message = "what was written does not read back the same"
        raise CassetteError(Problem(Place(path), "H502", message))
    return written, blobs


def _tape(data: Any, blob: Fetch | None, *, edited: bool) -> Tape:
    interactions = listed(data)
    way, found = notes.find(data)
    exchanges = []
    room = MOST_UNPACKED
    for number, cut in enumerate(notes.cuts(found, way, len(interactions))):
        at: Way = ("interactions", number)
        exchange = interaction.read(interactions[number], at, max(0, room), blob)
        response = notes.timed(exchange.response, cut, (*way, "exchanges", number))
        room -= sum(map(len, response.chunks))
        exchanges.append(Exchange(exchange.request, response))
    tape = Tape(tuple(exchanges), notes.provenance(found, way))
    if not edited:
        notes.check_requests(tape, found, way)
    return tape


def listed(data: Any) -> list[Any]:
    """The interactions in what a file holds, not looked at yet.

    Raises:
        Flaw: where it is no cassette of version 1, or has none.
    """
    if isinstance(data, list):
        message = "a cassette of vcrpy before 1.0"
        raise Flaw((), "H503", message, "python -m vcr.migration FILE")
    check_kind(data, dict, ())
    interactions: list[Any] = get(data, "interactions", list, ())
    if get(data, "version", int, ()) != 1:
        raise Flaw(("version",), "H503", "only version 1 can be read", AGAIN)
    if not interactions:
        raise Flaw(("interactions",), "H503", "nothing was recorded here", AGAIN)
    return interactions
