"""What real providers sent, heard through the models; and gone on from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from harness.message.events import Error, Event
from harness.message.parts import ToolCallPart, ToolResultPart
from harness.message.turn import ServerSideTool
from harness.providers._provider import Provider
from harness.providers._square import hear
from harness.reference.tools.tool import Tool, ToolOutput
from tests.corpus.__main__ import DEFAULT
from tests.corpus.recordings import Recording, read
from tests.corpus.report import absent
from tests.corpus.wires import ANTHROPIC, CHAT, RESPONSES, wire_of
from tests.reference.scripted import KINDS, Kind, Play, Stage, each, got, pieces
from tests.reference.turns import (
    FORGIVEN,
    Next,
    first_three,
    history,
    recorded,
    same,
    second,
    spoken,
    taped,
)

ROOT = Path(__file__).parent.parent.parent
CORPUS = ROOT / DEFAULT
FEWEST = 100
"""Exchanges that must be there for a run over all of them to mean anything."""

ODD = 1009
"""Bytes: no line, event or character of any recording is that long a rhythm."""
SMALL = 4000
"""Bytes of a body that is also cut into single ones."""

corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=absent(DEFAULT))


@cache
def exchanges() -> list[tuple[Recording, Provider]]:
    """The exchanges of the three wires."""
    found = (r for r in read(CORPUS) if isinstance(r, Recording))
    return [(r, provider) for r in found if (provider := first_three(r))]


# ------------------------------------------------------------------- heard


async def outcome(
    kind: Kind, provider: Provider, recording: Recording, chunks: tuple[bytes, ...]
) -> dict[str, Any]:
    """Everything there is to know of an answer."""
    stage = Stage([Play(chunks, recording.status, recording.headers)])
    model = kind.wired(stage, provider)
    response = model.prompt("hi", stream=recording.streamed)
    error = None
    try:
        await got(response.messages())
    except Exception as raised:  # what it is, is compared
        error = raised
    heard = response.so_far
    known: dict[str, Any] = {
        "events": heard.events,
        "messages": heard.messages(),
        "usage": heard.usage,
        "finish": heard.finish,
        "error": told(error),
        "left open": stage.open,
    }
    if error is None:
        known["json"] = await got(response.json())
        known["record"] = written(response, model)
    return known


def told(error: Exception | None) -> object:
    """What an error says."""
    facts = ("status", "kind", "retryable", "retry_after", "request_id")
    if error is None:
        return None
    return type(error), str(error), [getattr(error, fact, None) for fact in facts]


def written(response: Any, model: Any) -> dict[str, Any]:
    """The response as JSON, the same after a trip through it, without id and time."""
    record = response.to_dict(stream_events=True)
    again = type(response).from_dict(json.loads(json.dumps(record)), model=model)
    assert again.to_dict(stream_events=True) == record
    assert again.so_far.messages() == response.so_far.messages()
    return {k: v for k, v in record.items() if k not in ("id", "datetime_utc")}


def cuts(body: bytes) -> Iterator[tuple[bytes, ...]]:
    """The body whole, at odd places, and byte by byte if it is small."""
    yield (body,)
    yield pieces(body, ODD)
    if len(body) <= SMALL:
        yield pieces(body, 1)


@corpus
def test_every_recording_is_the_same_however_it_is_waited_for_and_cut() -> None:
    errors: Counter[str] = Counter()
    for recording, provider in exchanges():
        alone: list[Event] = [
            *hear(provider, recording.status, recording.headers, [recording.body])
        ]
        first: dict[str, Any] = {}
        for chunks in cuts(recording.body):
            for kind in KINDS:
                known = kind.run(outcome(kind, provider, recording, chunks))
                where = f"{recording.path}: {kind}, {len(chunks)} chunks"
                assert known["events"] == alone, where
                assert known["left open"] == 0, where
                first = first or known
                assert known == first, where
        failed = any(isinstance(event, Error) for event in alone)
        assert failed == (first["error"] is not None), recording.path
        if not recording.streamed and not failed:
            assert first["json"] == json.loads(recording.body), recording.path
        errors[type_of(first["error"])] += 1
    print(f"{len(exchanges())} exchanges: {dict(errors)}")
    assert errors.total() >= FEWEST
    assert errors["InvalidRequestError"]
    assert errors["RateLimitError"]


def type_of(error: Any) -> str:
    """The name of an error's class."""
    return "no error" if error is None else str(error[0].__name__)


# ------------------------------------------------------------- gone on from


async def sent_by_reply(kind: Kind, turn: Next, through_json: bool) -> Stage:
    """Hear the recorded answer, and reply to it what the recording does."""
    stage = Stage(second(turn))
    model = wired(kind, stage, turn)
    asked = turn.asked
    response = model.prompt(
        messages=asked.messages,
        tools=asked.tools,
        schema=asked.schema,
        options=asked.options,
        stream=asked.stream,
    )
    await got(response.messages())
    if through_json:
        data = json.loads(json.dumps(response.to_dict()))
        response = type(response).from_dict(data, model=model)
    reply = response.reply(messages=turn.then, tool_results=[], stream=asked.stream)
    await got((await got(reply)).messages())
    return stage


async def sent_by_chain(kind: Kind, turn: Next) -> Stage:
    """Hear the recorded answer, and let a chain run what it calls."""
    stage = Stage(second(turn))
    asked = turn.asked
    chain = wired(kind, stage, turn).chain(
        messages=asked.messages,
        tools=[run_as_recorded(tool, turn) for tool in asked.tools],
        schema=asked.schema,
        options=asked.options,
        stream=asked.stream,
    )
    async for _ in each(chain.responses()):
        pass
    return stage


def wired(kind: Kind, stage: Stage, turn: Next) -> Any:
    """The model of a recording."""
    model = kind.wired(stage, turn.provider)
    model.name = turn.asked.model
    return model


def run_as_recorded(tool: Any, turn: Next) -> Any:
    """The tool, giving what the recording says it gave."""
    if isinstance(tool, ServerSideTool):
        return tool
    results = results_of(turn)

    def run(llm_tool_call: ToolCallPart, **arguments: object) -> ToolOutput:
        result = results[llm_tool_call.tool_call_id]
        return ToolOutput(result.output, list(result.attachments))

    return Tool(tool.name, tool.description, tool.input_schema, run)


def results_of(turn: Next) -> dict[str | None, ToolResultPart]:
    """What the tools gave, by the ids of their calls."""
    parts = turn.then[0].parts if turn.then else ()
    return {p.tool_call_id: p for p in parts if isinstance(p, ToolResultPart)}


def can_chain(turn: Next) -> bool:
    """Whether tools alone can make the recorded request."""
    results = results_of(turn).values()
    declared = {getattr(tool, "name", None) for tool in turn.asked.tools}
    return (
        len(turn.then) == 1
        and turn.then[0].role == "tool"
        and all(r.name in declared and not r.exception for r in results)
        and all(r.provider_metadata is None for r in results)
    )


def check(turn: Next, stage: Stage) -> list[str]:
    """Judge the two requests of a conversation; what had to be forgiven."""
    before, after = (json.loads(request.body) for request in stage.sent)
    key = "messages" if "messages" in before else "input"
    count = len(before[key])
    assert after[key][:count] == before[key], f"{turn.name}: the past has changed"
    for name in (before.keys() | after.keys()) - {key}:
        assert before.get(name) == after.get(name), f"{turn.name}: {name}"
    if not turn.spoken:
        ours = after[key][count:]
        assert ours == turn.body[key][-len(ours) :], f"{turn.name}: not byte-exact"
    holds, forgiven = same(turn, after)
    assert holds, f"{turn.name}: {history(after)} is not {history(turn.body)}"
    return forgiven


def follow(turns: list[Next]) -> None:
    """Go on from every answer in every way, and say how exact that was."""
    exact: Counter[str] = Counter()
    forgiven: Counter[str] = Counter()
    chains = 0
    for turn in turns:
        reasons: list[str] = []
        for kind in KINDS:
            stages = [
                kind.run(sent_by_reply(kind, turn, through_json=True)),
                kind.run(sent_by_reply(kind, turn, through_json=False)),
            ]
            if can_chain(turn):
                stages.append(kind.run(sent_by_chain(kind, turn)))
                chains += 1
            assert len({stage.sent[1] for stage in stages}) == 1, turn.name
            reasons = check(turn, stages[0])
        forgiven.update(reasons)
        exact[turn.provider.name] += not reasons
    wires = Counter(turn.provider.name for turn in turns)
    for wire, count in wires.items():
        print(f"{wire}: {count} conversations, {exact[wire]} with nothing forgiven")
    print(f"{chains} chains")
    print(*(f"forgiven: {reason} ({n})" for reason, n in forgiven.items()), sep="\n")
    assert set(forgiven) <= set(FORGIVEN)


@corpus
def test_a_recorded_conversation_goes_on_as_it_was_recorded() -> None:
    turns = [*recorded(CORPUS)]
    assert len(turns) >= 2
    follow(turns)


def test_a_taped_conversation_goes_on_as_it_was_taped() -> None:
    turns = [*taped(ROOT / "cassettes")]
    assert {wire_of(turn.provider) for turn in turns} == {CHAT, RESPONSES, ANTHROPIC}
    follow(turns)


@corpus
def test_an_answer_that_a_recorded_request_holds_is_held_by_ours() -> None:
    turns = [*spoken(CORPUS)]
    assert {wire_of(turn.provider) for turn in turns} == {CHAT, RESPONSES, ANTHROPIC}
    assert len(turns) >= 30
    follow(turns)


@corpus
def test_nothing_is_forgiven_that_no_recording_needs() -> None:
    needed: set[str] = set()
    for turn in spoken(CORPUS):
        kind = KINDS[0]
        stage = kind.run(sent_by_reply(kind, turn, through_json=False))
        needed.update(check(turn, stage))
    assert needed == set(FORGIVEN)
