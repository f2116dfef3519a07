"""Turns: recorded conversations, as what was asked, what was answered, what followed.

The recording's own next request is the oracle: whatever it says of the answer before
it, a reply to that answer must say too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness.message.assemble import disassemble
from harness.message.events import Error, Event, Finish
from harness.message.parts import JsonObject, Message
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.providers._square import hear, speak
from harness.shell.files import load_tape
from tests.corpus.recordings import Recording, read
from tests.corpus.wires import ANTHROPIC, CHAT, RESPONSES, provider_of, wire_of
from tests.reference.scripted import Play

WIRES = (ANTHROPIC, CHAT, RESPONSES)

HISTORY = ("system", "instructions", "messages", "input")
"""The fields of a request that say what was said."""

ELIDED = "...[elided"
"""Where a recorder shortened base64, which is none any more."""


@dataclass(frozen=True)
class Next:
    """A request that goes on from an answer.

    Attributes:
        name: of the recording.
        asked: the request before it.
        answer: what was answered to that.
        then: what the request adds to the answer.
        body: the request itself, as it was recorded.
        spoken: the answer was not recorded: it is made from what ``body`` says of it.
    """

    name: str
    provider: Provider
    asked: Turn
    answer: Play
    then: tuple[Message, ...]
    body: JsonObject
    spoken: bool


def recorded(folder: Path) -> Iterator[Next]:
    """Exchanges of a folder that go on from another of the same source.

    Not from one that failed: there is no answer to go on from.
    """
    found = [*_requests(folder)]
    for recording, provider, body in found:
        for earlier, _, before in found:
            if _stem(earlier) == _stem(recording) and earlier.path < recording.path:
                answer = Play((earlier.body,), earlier.status, earlier.headers)
                yield from _going_on(recording.path, provider, before, answer, body)


def taped(folder: Path) -> Iterator[Next]:
    """The same of cassettes."""
    for path in sorted(folder.rglob("*.yaml")):
        provider = PROVIDERS[path.parent.name]
        exchanges = load_tape(folder, path.relative_to(folder).as_posix()).exchanges
        for one, two in pairwise(exchanges):
            said = one.response
            answer = Play(said.chunks, said.status, said.headers)
            before, body = json.loads(one.request.body), json.loads(two.request.body)
            name = f"{path.parent.name}/{path.name}"
            yield from _going_on(name, provider, before, answer, body)


def spoken(folder: Path) -> Iterator[Next]:
    """Exchanges whose request holds an answer, which is said again from that.

    Only the last answer of each: those before it are history by then.
    """
    for recording, provider, body in _requests(folder):
        turn = provider.parse(body)
        places = [n for n, m in enumerate(turn.messages) if m.role == "assistant"]
        if not places:
            continue
        end = begin = places[-1] + 1
        while begin and turn.messages[begin - 1].role == "assistant":
            begin -= 1
        events: list[Event] = [*disassemble(turn.messages[begin:end]), Finish("stop")]
        said = speak(provider, events, stream=turn.stream)
        yield Next(
            recording.path,
            provider,
            replace(turn, messages=turn.messages[:begin]),
            Play(said.chunks, said.status, said.headers),
            turn.messages[end:],
            body,
            spoken=True,
        )


def first_three(recording: Recording) -> Provider | None:
    """The provider of a recording, if it speaks one of the three wires tried here."""
    provider = provider_of(recording)
    return provider if provider and wire_of(provider) in WIRES else None


def _requests(folder: Path) -> Iterator[tuple[Recording, Provider, JsonObject]]:
    for recording in read(folder):
        if not isinstance(recording, Recording):
            continue
        provider = first_three(recording)
        request = json.loads((folder / recording.path).read_bytes()).get("request")
        body = (request or {}).get("json")
        said = isinstance(body, dict) and (body.get("messages") or body.get("input"))
        if provider is not None and said and recording.method == "POST":
            yield recording, provider, _whole(body)


def _whole(value: Any) -> Any:
    """The JSON, with some base64 where the recorder left a piece of it."""
    match value:
        case dict():
            return {key: _whole(member) for key, member in value.items()}
        case list():
            return [*map(_whole, value)]
        case str() if ELIDED in value:
            return value.partition(",")[0] + ",AAAA" if "," in value[:60] else "AAAA"
    return value


def _stem(recording: Recording) -> str:
    return recording.path.rpartition("__")[0]


def _going_on(
    name: str, provider: Provider, before: JsonObject, answer: Play, body: JsonObject
) -> Iterator[Next]:
    """The two requests as one step, if the second goes on from the first's answer."""
    asked, going_on = provider.parse(before), provider.parse(body)
    count = len(asked.messages)
    after = going_on.messages[count:]
    if going_on.messages[:count] != asked.messages or not after:
        return
    events = hear(provider, answer.status, answer.headers, _bytes(answer))
    failed = any(isinstance(event, Error) for event in events)
    if after[0].role == "assistant" and not failed:
        heard = after.index(next(m for m in after if m.role != "assistant"))
        yield Next(name, provider, asked, answer, after[heard:], body, spoken=False)


def _bytes(play: Play) -> Iterator[bytes]:
    return (step for step in play.steps if isinstance(step, bytes))


def second(turn: Next) -> list[Play]:
    """What is played to a conversation of two answers: the second says nothing."""
    quiet = speak(turn.provider, [Finish("stop")], stream=turn.asked.stream)
    return [turn.answer, Play(quiet.chunks, quiet.status, quiet.headers)]


# ------------------------------------------------------------------- comparing


def history(body: JsonObject) -> JsonObject:
    """What a request says was said."""
    return {name: body[name] for name in HISTORY if name in body}


def same(turn: Next, sent: JsonObject) -> tuple[bool, list[str]]:
    """Whether a request says what the recorded one says, and what must be forgiven."""
    needed = list(FORGIVEN)
    if not _equal(turn, sent, needed):
        return False, needed
    for reason in FORGIVEN:
        others = [other for other in needed if other != reason]
        if _equal(turn, sent, others):
            needed = others
    return True, needed


def _equal(turn: Next, sent: JsonObject, forgiven: Sequence[str]) -> bool:
    ours, theirs = history(sent), history(turn.body)
    for reason in forgiven:
        ours, theirs = FORGIVEN[reason](ours), FORGIVEN[reason](theirs)
    return ours == theirs


def _objects(change: Callable[[JsonObject], JsonObject]) -> Callable[[Any], Any]:
    """The change, made to every object in some JSON, inner ones first."""

    def changed(value: Any) -> Any:
        match value:
            case dict():
                return change({key: changed(inner) for key, inner in value.items()})
            case list():
                return [*map(changed, value)]
        return value

    return changed


def _without(data: JsonObject, **said: Sequence[Any]) -> JsonObject:
    """The object without members that have one of these values."""
    return {k: v for k, v in data.items() if v not in said.get(k, ())}


def _words(data: JsonObject) -> JsonObject:
    content = data.get("content")
    if isinstance(content, list) and len(content) == 1:
        alone = _without(content[0], annotations=[[]])
        if alone.keys() == {"type", "text"}:
            return data | {"content": alone["text"]}
    return data


def _spaces(data: JsonObject) -> JsonObject:
    written = data.get("arguments")
    return data | {"arguments": json.loads(written)} if written else data


def _silent(data: JsonObject) -> JsonObject:
    if data.get("role") == "assistant" and "tool_calls" in data:
        return _without(data, content=[None, "", []])
    return data


def _items(data: JsonObject) -> JsonObject:
    return _without(data, type=["message"], status=["completed", None], id=[None])


def _made_up(data: JsonObject) -> JsonObject:
    made_up = str(data.get("id")).rpartition("_")[2].startswith("0" * 24)
    return {k: v for k, v in data.items() if k != "id"} if made_up else data


FORGIVEN: dict[str, Callable[[Any], Any]] = {
    "one text stands alone, or in a list of one": _objects(_words),
    "an id that was made up in speaking": _objects(_made_up),
    "JSON in a string is spaced otherwise": _objects(_spaces),
    "calls alone have no content, or null, or an empty one": _objects(_silent),
    "an item says what it would be anyway": _objects(_items),
    "there are no instructions, or empty ones": _objects(
        lambda data: _without(data, instructions=[""])
    ),
    "a call counts itself": _objects(
        lambda data: {k: v for k, v in data.items() if k != "index"}
    ),
    "there is no reasoning, or an empty one": _objects(
        lambda data: _without(data, reasoning_content=[""])
    ),
    "Mistral's client says what is not": _objects(
        lambda data: _without(data, prefix=[False], tool_calls=[[]])
    ),
}
"""What clients write differently and mean the same by, in an order that works."""
