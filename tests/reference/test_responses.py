"""Responses as whoever imports them meets them, on each of the three wires."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from harness.errors import (
    AuthenticationError,
    ContentRefused,
    InvalidRequestError,
    OverloadedError,
    ProviderError,
    RateLimitError,
    StreamTruncated,
    UsageError,
)
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.message.parts import JsonObject
from harness.providers import PROVIDERS
from tests.corpus.wires import ANTHROPIC, CHAT, RESPONSES
from tests.reference.scripted import ASYNC, SYNC, Kind, Play, Stage, each, got, reader
from tests.reference.spoken import (
    TEXT,
    WORDS,
    asked,
    failed,
    heard,
    kinds,
    spoken,
    wires,
)


async def read_into(seen: list[str], response: Any) -> None:
    """Put the text that comes with the rest."""
    # One by one: what came before a failure stays.
    async for event in each(reader(response)):
        seen.append(event.chunk)  # noqa: PERF401  # see above


# ------------------------------------------------------------------- reading


@kinds
@wires
def test_an_answer_can_be_read_in_every_way_and_was_sent_once(
    kind: Kind, wire: str
) -> None:
    async def flow() -> None:
        model, stage = heard(kind, wire, spoken(wire, WORDS))
        response = model.prompt("Hi")
        assert stage.sent == []
        chunks = [e.chunk async for e in each(reader(response)) if e.type == "text"]
        assert [chunk for chunk in chunks if chunk] == ["Hello", " you"]
        assert [chunk async for chunk in each(response)] == chunks
        assert await got(response.text()) == "Hello you"
        (message,) = await got(response.messages())
        assert [part.text for part in message.parts] == ["Hello you"]
        assert await got(response.tool_calls()) == []
        usage = await got(response.usage())
        assert (usage.input, usage.output) == (3, 2)
        assert await got(response.finish_reason()) == "stop"
        assert await got(response.unknown_events()) == []
        assert (await got(response.datetime_utc())).endswith("+00:00")
        assert await got(response.duration_ms()) >= 0
        assert "done" in repr(response)
        assert len(stage.sent) == 1

    kind.run(flow())


def test_a_response_is_its_text_as_a_string() -> None:
    model, _ = heard(SYNC, CHAT, spoken(CHAT, WORDS))
    assert str(model.prompt("Hi")) == "Hello you"


def test_an_asynchronous_response_can_be_awaited_itself() -> None:
    async def flow() -> None:
        model, _ = heard(ASYNC, CHAT, spoken(CHAT, WORDS))
        response = await model.prompt("Hi")
        assert response.done
        assert await response.text() == "Hello you"

    ASYNC.run(flow())


@kinds
@wires
@pytest.mark.parametrize("stream", [True, False])
def test_json_is_the_providers_own_streamed_or_not(
    kind: Kind, wire: str, stream: bool
) -> None:
    async def flow() -> None:
        play = spoken(wire, WORDS, stream=stream)
        model, stage = heard(kind, wire, play)
        response = model.prompt("Hi", stream=stream)
        body = await got(response.json())
        assert await got(response.text()) == "Hello you"
        assert bool(asked(stage).get("stream")) == stream
        if not stream:
            assert body == json.loads(b"".join(play.steps))  # type: ignore[arg-type]  # these are bytes
        again = [*PROVIDERS[wire].decode_whole(body)]
        assert "".join(e.chunk for e in again if isinstance(e, StreamEvent)) == (
            "Hello you"
        )

    kind.run(flow())


@kinds
def test_callbacks_are_called_once_when_it_is_done_or_at_once_if_it_is(
    kind: Kind,
) -> None:
    async def flow() -> None:
        model, _ = heard(kind, CHAT, spoken(CHAT, WORDS))
        told: list[Any] = []
        response = model.prompt("Hi")
        await got(response.on_done(told.append))
        if kind is ASYNC:
            await response.on_done(awaited(told))
        assert told == []
        await got(response.text())
        await got(response.text())
        assert told == [response] * (2 if kind is ASYNC else 1)
        await got(response.on_done(told.append))
        assert told[-1] is response
        assert len(told) == (3 if kind is ASYNC else 2)

    kind.run(flow())


def awaited(told: list[Any]) -> Callable[[Any], Any]:
    """A callback that wants to be awaited."""

    async def callback(response: Any) -> None:
        told.append(response)

    return callback


@kinds
def test_nobody_is_told_of_an_answer_that_failed(kind: Kind) -> None:
    async def flow() -> None:
        model, _ = heard(kind, CHAT, failed(500))
        told: list[Any] = []
        response = model.prompt("Hi")
        await got(response.on_done(told.append))
        with pytest.raises(ProviderError):
            await got(response.text())
        assert told == []

    kind.run(flow())


# -------------------------------------------------------------- nothing is kept


class Noted(str):
    """A string that can be watched being forgotten."""

    __slots__ = ("__weakref__",)


@kinds
def test_events_that_are_not_to_be_kept_are_forgotten(kind: Kind) -> None:
    async def flow() -> None:
        # Made as they go: what holds them all is the stage otherwise.
        alive: list[weakref.ref[Noted]] = []

        def words() -> Iterator[Event]:
            for number in range(50):
                word = Noted(f"word {number}")
                alive.append(weakref.ref(word))
                yield StreamEvent("text", word, 0)
            yield Finish("stop")

        stage = Stage([Play(Lazy(words()))])
        response = kind.actor(stage).prompt("Hi", keep_events=False)
        most = count = 0
        async for _ in each(reader(response)):
            count += 1
            most = max(most, sum(ref() is not None for ref in alive))
        assert count == 50
        assert most <= 3
        assert response.done
        assert await got(response.finish_reason()) == "stop"
        for read in (response.text, response.messages):
            with pytest.raises(UsageError, match="keep_events"):
                await got(read())
        with pytest.raises(UsageError, match="keep_events"):
            await got(response.reply("more"))
        with pytest.raises(UsageError, match="keep_events"):
            await read_into([], response)

    kind.run(flow())


class Lazy(Sequence[Any]):
    """Steps that nobody holds."""

    def __init__(self, steps: Iterator[Any]) -> None:
        self.steps = steps

    def __iter__(self) -> Iterator[Any]:
        return self.steps

    def __len__(self) -> int:
        raise NotImplementedError

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError


# --------------------------------------------------------------------- refusals


@kinds
@pytest.mark.parametrize(
    ("wire", "reason"), [(ANTHROPIC, "refusal"), (CHAT, "content_filter")]
)
def test_a_refusal_is_complete_and_is_no_text(
    kind: Kind, wire: str, reason: str
) -> None:
    async def flow() -> None:
        events: list[Event] = [TEXT, Usage(3, 2), Finish(reason)]
        model, stage = heard(kind, wire, spoken(wire, events))
        conversation = model.conversation()
        response = conversation.prompt("Hi")
        seen: list[str] = []
        with pytest.raises(ContentRefused, match="Hello") as refused:
            await read_into(seen, response)
        assert seen == ["Hello"]
        assert refused.value.kind
        with pytest.raises(ContentRefused):
            await got(response.text())
        assert response.done
        assert response.error is None
        assert await got(response.finish_reason()) == reason
        assert (await got(response.messages()))[0].parts[0].text == "Hello"
        assert (await got(response.usage())).output == 2
        assert response.to_dict()["finish_reason"] == reason
        assert conversation.responses == [response]
        again = type(response).from_dict(response.to_dict(), model=model)
        with pytest.raises(ContentRefused):
            await got(again.text())
        assert len(stage.sent) == 1

    kind.run(flow())


# ----------------------------------------------------------------------- errors


SAID: dict[str, Callable[[str], JsonObject]] = {
    ANTHROPIC: lambda kind: {"type": "error", "error": {"type": kind, "message": "No"}},
    CHAT: lambda kind: {"error": {"message": "No", "type": kind, "code": kind}},
    RESPONSES: lambda kind: {"error": {"message": "No", "type": kind, "code": kind}},
}
STATUSES: list[tuple[int, str, type[ProviderError]]] = [
    (400, "invalid_request_error", InvalidRequestError),
    (401, "authentication_error", AuthenticationError),
    (403, "permission_error", AuthenticationError),
    (404, "not_found_error", InvalidRequestError),
    (413, "request_too_large", InvalidRequestError),
    (429, "rate_limit_error", RateLimitError),
    (500, "api_error", ProviderError),
    (503, "overloaded", OverloadedError),
    (529, "overloaded_error", OverloadedError),
]


@kinds
@wires
@pytest.mark.parametrize(("status", "code", "error"), STATUSES)
def test_an_http_error_is_raised_as_what_it_means(
    kind: Kind, wire: str, status: int, code: str, error: type[ProviderError]
) -> None:
    async def flow() -> None:
        asks = (("retry-after", "7"), ("request-id", "req_1"))
        model, stage = heard(kind, wire, failed(status, SAID[wire](code), *asks))
        response = model.prompt("Hi")
        with pytest.raises(ProviderError, match="No") as raised:
            await got(response.text())
        assert type(raised.value) is error
        assert raised.value.status == status
        assert raised.value.kind == code
        assert raised.value.retry_after == 7.0
        assert raised.value.request_id == "req_1"
        assert raised.value.retryable == (status in (429, 500, 503, 529))
        with pytest.raises(ProviderError) as again:
            await got(response.messages())
        assert again.value is raised.value
        assert (len(stage.sent), stage.open) == (1, 0)

    kind.run(flow())


MID_STREAM: dict[str, tuple[bytes, type[ProviderError]]] = {
    ANTHROPIC: (
        b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error",'
        b'"message":"No"}}\n\n',
        OverloadedError,
    ),
    CHAT: (
        b'data: {"error":{"message":"No","type":"rate_limit_error","code":429}}\n\n',
        RateLimitError,
    ),
    RESPONSES: (
        b'event: error\ndata: {"type":"error","code":"rate_limit_exceeded",'
        b'"message":"No","sequence_number":3}\n\n',
        RateLimitError,
    ),
}


@kinds
@wires
def test_an_error_in_a_stream_is_raised_where_it_comes(kind: Kind, wire: str) -> None:
    async def flow() -> None:
        said, error = MID_STREAM[wire]
        chunks = [*spoken(wire, WORDS).steps]
        words = [c for c in chunks if isinstance(c, bytes)]
        until = next(n for n, chunk in enumerate(words, 1) if b"Hello" in chunk)
        model, stage = heard(kind, wire, Play([*words[:until], said]))
        response = model.prompt("Hi")
        seen: list[str] = []
        with pytest.raises(error, match="No"):
            await read_into(seen, response)
        assert "".join(seen) == "Hello"
        assert response.so_far.text() == "Hello"
        assert response.so_far.messages()[0].parts[0].text == "Hello"
        assert not response.done
        assert stage.open == 0

    kind.run(flow())


@kinds
@wires
def test_a_stream_that_just_ends_is_no_answer(kind: Kind, wire: str) -> None:
    async def flow() -> None:
        steps = spoken(wire, WORDS).steps
        model, _ = heard(kind, wire, Play(steps[: len(steps) // 2]))
        response = model.prompt("Hi")
        with pytest.raises(StreamTruncated):
            await got(response.text())
        with pytest.raises(StreamTruncated):
            await got(response.usage())
        assert not response.done

    kind.run(flow())


@kinds
@wires
def test_a_prompt_that_is_turned_down_is_refused(kind: Kind, wire: str) -> None:
    async def flow() -> None:
        body = SAID[wire]("content_policy_violation")
        model, _ = heard(kind, wire, failed(400, body))
        with pytest.raises(ContentRefused):
            await got(model.prompt("Hi").text())

    kind.run(flow())


def test_a_failed_response_is_no_part_of_its_conversation() -> None:
    plays = (failed(500), spoken(CHAT, WORDS))
    model, stage = heard(SYNC, CHAT, *plays)
    conversation = model.conversation()
    with pytest.raises(ProviderError):
        conversation.prompt("one").text()
    conversation.prompt("two").text()
    assert [m["content"] for m in asked(stage, 1)["messages"]] == ["two"]
    assert len(conversation.responses) == 1
