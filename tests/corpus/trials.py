"""Trials: everything one recording is put through, and what did not hold."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from harness.errors import HarnessError, NotExpressible
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, Unknown, Usage
from harness.message.parts import JsonObject
from harness.providers._provider import Provider
from harness.providers._square import hear, refuse, speak
from harness.wire import cut, sse
from harness.wire.http import Response
from tests.corpus.agreement import Agreement, agree
from tests.corpus.endings import ENDS
from tests.corpus.named import is_named
from tests.corpus.recordings import Recording
from tests.corpus.wires import wire_of
from tests.requests.normal import differing, normal

CRASHES = (
    HarnessError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a reader of bytes must not raise over any; reported, never passed on."""

MOST_DIFFERENCES = 5
"""How many differences of one request are told."""

CUTS = ("byte", "event", "random:1", "random:2", "random:3")
CUTS_OF_STREAMS = (*CUTS, *cut.ONLY_SSE)
"""Ways to cut that every body is put through; a cut in two comes later, by the clock."""

EMPTY = "the recording has no body"
UNNAMED = "no SDK has a type for {!r}: kept as unknown"
REFUSED = "what we say the host cannot carry, the host refused"
CONTRADICTED = "the content type contradicts the body: read as what it is"


@dataclass(slots=True)
class Trial:
    """What became of one recording; ``None`` where there was nothing to try.

    Attributes:
        spoken: whether the answer could be said again, streamed and whole.
        asked: whether the request, once parsed, is encoded as it was.
        forgiven: the rules by which two requests are the same that this one needed.
        agreement: what the SDK said; ``None`` if it was not asked.
        explained: why something that looks wrong is not.
        problems: what nobody can explain.
    """

    recording: Recording
    provider: Provider
    events: list[Event] = field(default_factory=list)
    decoded: bool = False
    cut_invariant: bool | None = None
    unknown: int = 0
    spoken: dict[str, bool] = field(default_factory=dict)
    asked: bool | None = None
    forgiven: set[str] = field(default_factory=set)
    agreement: Agreement | None = None
    explained: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def attempt(provider: Provider, recording: Recording) -> Trial:
    """Put a recording through everything that does not go by the clock."""
    trial = Trial(recording, provider)
    if not recording.body.strip():
        trial.explained.append(EMPTY)
        return trial
    if recording.belied:
        trial.explained.append(CONTRADICTED)
    for step in STEPS:
        try:
            step(trial)
        except CRASHES as error:
            name = type(error).__name__
            trial.problems.append(f"{step.__name__[1:]}: {name}: {error}")
            if not trial.decoded:
                break
    return trial


def in_two(trial: Trial, deadline: float) -> tuple[int, int]:
    """Cut a body in two at every place, in no order, until the time is up.

    Of a stream the frames are compared, not the events: those follow from the frames,
    and were compared for every byte alone.

    Returns:
        How many places were tried, and of how many.
    """
    body = trial.recording.body
    read = _reader(trial)
    whole = read((body,))
    places = list(range(1, len(body)))
    random.Random(len(body)).shuffle(places)
    for tried, place in enumerate(places):
        if time.monotonic() > deadline:
            return tried, len(places)
        if read((body[:place], body[place:])) != whole:
            trial.cut_invariant = False
            trial.problems.append(f"cut: other frames when cut at byte {place}")
            return tried + 1, len(places)
    return len(places), len(places)


def _reader(trial: Trial) -> Callable[[Iterable[bytes]], object]:
    if trial.recording.streamed:
        return lambda chunks: list(trial.provider.framing.read(chunks))
    return lambda chunks: _hear(trial, chunks)


# ------------------------------------------------------------------- steps


def _decode(trial: Trial) -> None:
    recording = trial.recording
    trial.events = _hear(trial, [recording.body])
    assemble(trial.events)
    trial.decoded = True
    problems = trial.problems
    ends = [e for e in trial.events if isinstance(e, Finish | Error)]
    after = trial.events[trial.events.index(ends[0]) + 1 :] if ends else []
    if len(ends) != 1 or not all(isinstance(event, Usage) for event in after):
        names = [type(event).__name__ for event in (*ends, *after)]
        problems.append(f"decode: wanted one ending, and that last; got {names}")
        return
    (end,) = ends
    if recording.status >= 400:
        if not isinstance(end, Error) or end.status != recording.status:
            problems.append(f"decode: status {recording.status} became {end}")
    elif recording.streamed:
        ended = ENDS[wire_of(trial.provider)](recording)
        if isinstance(end, Finish) and not ended:
            problems.append("decode: a finish that the stream never gave")
        if isinstance(end, Error) and end.kind == "truncated" and ended:
            problems.append("decode: the stream's end was not heard")


def _cut(trial: Trial) -> None:
    array = trial.recording.body.lstrip().startswith(b"[")
    events = trial.recording.streamed and trial.provider.framing.read is sse.read
    names = CUTS_OF_STREAMS if events and not array else CUTS
    for name in names:
        heard = _hear(trial, cut.named(name)([trial.recording.body]))
        if heard != trial.events:
            trial.problems.append(f"cut: other events when cut by {name!r}")
            trial.cut_invariant = False
            return
    trial.cut_invariant = True


def _name(trial: Trial) -> None:
    for event in trial.events:
        if not isinstance(event, Unknown):
            continue
        trial.unknown += 1
        if is_named(trial.provider, event.tag):
            trial.problems.append(f"unknown: {event.tag!r} has a type in the SDK")
        else:
            trial.explained.append(UNNAMED.format(event.tag))


def _speak_stream(trial: Trial) -> None:
    _say_again(trial, "stream", speak(trial.provider, trial.events, stream=True))


def _speak_whole(trial: Trial) -> None:
    if not any(isinstance(e, Error) and e.kind == "truncated" for e in trial.events):
        _say_again(trial, "whole", speak(trial.provider, trial.events, stream=False))


def _say_again(trial: Trial, how: str, said: Response) -> None:
    """Hear what was spoken; it must mean what the recording meant.

    Where it is not streamed, an error takes the place of everything else.
    """
    error = next((e for e in trial.events if isinstance(e, Error)), None)
    if trial.recording.status >= 400:
        assert error is not None
        said = refuse(trial.provider, error)
    again = list(hear(trial.provider, said.status, said.headers, said.chunks))
    meant = trial.events if how == "stream" or error is None else [error]
    differences = []
    if assemble(again) != assemble(meant):
        differences.append("other messages")
    if not _ends_alike(meant, again):
        differences.append(f"the ending {_ending(meant)} became {_ending(again)}")
    trial.spoken[how] = not differences
    trial.problems += [f"spoken as {how}: {difference}" for difference in differences]


def _ends_alike(meant: Sequence[Event], again: Sequence[Event]) -> bool:
    """Whether the ending that was meant was heard again, as far as it was told."""
    pairs = zip_longest(_ending(meant), _ending(again))
    return all(told in (None, heard) for told, heard in pairs)


def _ending(events: Sequence[Event]) -> tuple[object, ...]:
    """How an answer ended: its reason and its tokens, or its error alone.

    What says an error has no room for tokens on every wire, and that a stream was cut
    short is told in our own words.
    """
    error = next((e for e in events if isinstance(e, Error)), None)
    if error is not None and error.kind == "truncated":
        return ("truncated",)
    if error is not None:
        return ("error", error.message, error.kind, error.status)
    reasons = [e.reason for e in events if isinstance(e, Finish)]
    usage = next((e for e in events if isinstance(e, Usage)), Usage())
    return ("finish", *reasons, usage.input or 0, usage.output or 0)


def _ask_sdk(trial: Trial) -> None:
    trial.agreement = agree(trial.provider, trial.recording, trial.events)
    if trial.agreement is not None:
        trial.problems += [f"SDK: {what}" for what in trial.agreement.differences]


def _ask_again(trial: Trial) -> None:
    request, name = trial.recording.request, trial.provider.name
    if request is None or trial.recording.method != "POST":
        return
    turn = trial.provider.parse(request, trial.recording.url)
    try:
        body = trial.provider.encode(turn)
    except NotExpressible:
        if trial.recording.status < 400:
            raise
        trial.explained.append(REFUSED)
        return
    again = json.loads(json.dumps(body))
    differences = [*differing(normal(name, request), normal(name, again))]
    trial.asked = not differences
    trial.problems += [f"request: {what}" for what in differences[:MOST_DIFFERENCES]]
    needed_by(trial, request, again)


def needed_by(trial: Trial, request: JsonObject, again: JsonObject) -> None:
    """Keep the rules without which the two would differ."""
    if request != again:
        normal(trial.provider.name, request, trial.forgiven)
        normal(trial.provider.name, again, trial.forgiven)


def _hear(trial: Trial, chunks: Iterable[bytes]) -> list[Event]:
    recording = trial.recording
    return list(hear(trial.provider, recording.status, recording.headers, chunks))


STEPS: tuple[Callable[[Trial], None], ...] = (
    _decode,
    _cut,
    _name,
    _speak_stream,
    _speak_whole,
    _ask_again,
    _ask_sdk,
)
