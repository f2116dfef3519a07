"""Asking as whoever imports the models does it, on each of the three wires."""

from __future__ import annotations

import base64
import gc
import json
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from harness.errors import ConnectionLost, ProviderError, UsageError
from harness.message.events import Event, Usage
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    TextPart,
    ToolCallPart,
)
from harness.message.turn import ServerSideTool
from harness.providers import PROVIDERS
from harness.reference.model import get_async_model, get_model
from harness.reference.sending import Retries
from harness.reference.wired import WiredModel
from harness.wire.http import Answer, AsyncAnswer, Request, header
from tests.corpus.wires import ANTHROPIC, CHAT, RESPONSES
from tests.reference.scripted import (
    ASYNC,
    JSON,
    SYNC,
    Actor,
    AsyncActor,
    Kind,
    Line,
    Play,
    Stage,
    got,
)
from tests.reference.spoken import (
    CALLS,
    WORDS,
    asked,
    failed,
    heard,
    kinds,
    spoken,
    wires,
)

KEYS = {ANTHROPIC: "x-api-key", CHAT: "authorization", RESPONSES: "authorization"}

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAA"
    "AABJRU5ErkJggg=="
)
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + bytes(24)


def image(wire: str, body: JsonObject) -> Any:
    """What a request says of the picture in it."""
    if wire == ANTHROPIC:
        return body["messages"][0]["content"][1]["source"]
    if wire == CHAT:
        return body["messages"][0]["content"][1]["image_url"]["url"]
    return body["input"][0]["content"][1]["image_url"]


CODED = base64.b64encode(PNG).decode()
DATA = f"data:image/png;base64,{CODED}"
INLINE = {
    ANTHROPIC: {"type": "base64", "media_type": "image/png", "data": CODED},
    CHAT: DATA,
    RESPONSES: DATA,
}
URL = "https://example.org/a.png?size=1"
BY_URL = {ANTHROPIC: {"type": "url", "url": URL}, CHAT: URL, RESPONSES: URL}


@wires
def test_a_picture_reaches_the_request_from_bytes_a_path_or_a_url(
    wire: str, tmp_path: Path
) -> None:
    nameless = tmp_path / "picture"
    nameless.write_bytes(PNG)
    wanted = [
        (Attachment(content=PNG), INLINE[wire]),
        (Attachment(type="image/png", content=PNG), INLINE[wire]),
        (Attachment(path=str(nameless)), INLINE[wire]),
        (Attachment(url=URL), BY_URL[wire]),
    ]
    for attachment, said in wanted:
        model, stage = heard(SYNC, wire, spoken(wire, WORDS))
        model.prompt("What is it?", attachments=[attachment]).text()
        assert image(wire, asked(stage)) == said


@wires
def test_a_file_that_is_not_there_is_named(wire: str, tmp_path: Path) -> None:
    model, stage = heard(SYNC, wire)
    missing = Attachment(path=str(tmp_path / "missing.png"))
    with pytest.raises(UsageError, match=r"missing\.png"):
        model.prompt("What is it?", attachments=[missing]).text()
    assert stage.sent == []


def test_a_sound_is_known_by_its_bytes() -> None:
    model, stage = heard(SYNC, CHAT, spoken(CHAT, WORDS))
    model.prompt("What is it?", attachments=[Attachment(content=WAV)]).text()
    sound = asked(stage)["messages"][0]["content"][1]["input_audio"]
    assert sound == {"data": base64.b64encode(WAV).decode(), "format": "wav"}


@kinds
def test_a_picture_in_an_answer_is_a_part_of_it(kind: Kind) -> None:
    item = {
        "type": "image_generation_call",
        "id": "ig_1",
        "status": "completed",
        "result": CODED,
        "output_format": "png",
    }
    body = {"id": "resp_1", "object": "response", "status": "completed", "model": "m"}

    async def flow() -> None:
        said = Play([json.dumps(body | {"output": [item]}).encode()], 200, JSON)
        model, _ = heard(kind, RESPONSES, said)
        assert held(await got(model.prompt("Draw", stream=False).messages())) == [PNG]

    kind.run(flow())


@kinds
def test_a_sound_in_an_answer_is_a_part_of_it(kind: Kind) -> None:
    sound = {"id": "audio_1", "data": base64.b64encode(WAV).decode(), "transcript": "A"}
    message = {"role": "assistant", "content": None, "audio": sound}
    choice = {"index": 0, "finish_reason": "stop", "message": message}

    async def flow() -> None:
        said = Play([json.dumps({"id": "c", "choices": [choice]}).encode()], 200, JSON)
        model, _ = heard(kind, CHAT, said)
        assert held(await got(model.prompt("Sing", stream=False).messages())) == [WAV]

    kind.run(flow())


def held(messages: list[Message]) -> list[bytes | None]:
    """The bytes of what is attached."""
    return [
        part.attachment.content
        for message in messages
        for part in message.parts
        if isinstance(part, AttachmentPart) and part.attachment
    ]


# --------------------------------------------------------------- keys, addresses


@pytest.fixture
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in PROVIDERS.values():
        if provider.key_env:
            monkeypatch.setenv(provider.key_env, "from-the-environment")


def key_sent(wire: str, **how: Any) -> str | None:
    """The key that a request carries."""
    stage = Stage([spoken(wire, WORDS)])
    key = how.pop("for_this_prompt", None)
    model = get_model(f"{wire}/m", transport=Line(stage), **how)
    model.prompt("Hi", key=key).text()
    found = header(stage.sent[0].headers, KEYS[wire])
    return found.removeprefix("Bearer ") if found else None


@wires
@pytest.mark.usefixtures("_keys")
def test_the_environments_key_goes_to_the_provider_and_nowhere_else(wire: str) -> None:
    own = PROVIDERS[wire].base_url
    assert key_sent(wire) == "from-the-environment"
    assert key_sent(wire, base_url=own) == "from-the-environment"
    assert key_sent(wire, base_url=own + "/") == "from-the-environment"
    for other in (
        "http://localhost:1/v1",
        own.replace("https", "http"),
        own.replace(".com", ".com.example.org"),
        own + "@example.org",
        own + ".example.org",
    ):
        assert key_sent(wire, base_url=other) is None


@wires
@pytest.mark.usefixtures("_keys")
def test_a_key_that_is_given_goes_before_all_others(wire: str) -> None:
    elsewhere = "http://localhost:1/v1"
    assert key_sent(wire, key="given") == "given"
    assert key_sent(wire, key="given", base_url=elsewhere) == "given"
    assert key_sent(wire, key="given", for_this_prompt="now") == "now"


@wires
def test_without_a_key_it_says_where_one_belongs_and_sends_nothing(
    wire: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = PROVIDERS[wire].key_env
    monkeypatch.delenv(variable, raising=False)
    for model in (get_model(f"{wire}/m"), get_async_model(f"{wire}/m")):
        response = model.prompt("Hi")
        kind = SYNC if hasattr(response, "close") else ASYNC
        with pytest.raises(UsageError, match=rf"set {variable}, or give key="):
            kind.run(got_text(response))


async def got_text(response: Any) -> str:
    """The text of either kind."""
    text: str = await got(response.text())
    return text


@wires
@pytest.mark.parametrize("slash", ["", "/", "//"])
def test_an_address_is_the_same_with_and_without_a_slash(wire: str, slash: str) -> None:
    base = "https://example.org/prefix/v1"
    model, stage = heard(SYNC, wire, spoken(wire, WORDS), base_url=base + slash)
    model.prompt("Hi").text()
    sent = stage.sent[0].url
    assert sent.startswith(base + "/")
    assert "//" not in sent.removeprefix("https://")


# ------------------------------------------------------------------ finding models


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("anthropc/claude-sonnet-5", "anthropic/claude-sonnet-5"),
        ("anthropic", "say which of its models: anthropic/MODEL"),
        ("anthropic/", "say which of its models: anthropic/MODEL"),
        ("zzzzzz", "say over which wire: openai-chat/zzzzzz, "),
    ],
)
def test_a_model_that_does_not_exist_is_hinted_at(name: str, hint: str) -> None:
    for get in (get_model, get_async_model):
        with pytest.raises(UsageError) as error:
            get(name)
        assert f"no model named {name!r}" in str(error.value)
        assert hint in str(error.value)


def test_openai_is_another_name_for_its_newer_wire() -> None:
    assert get_model("openai/gpt-5.5", key="k").model_id == "openai-responses/gpt-5.5"


def test_a_model_is_named_for_its_wire_whatever_it_is_asked_for_as() -> None:
    for name in ("openai/gpt-5.5", "openai-responses/gpt-5.5"):
        assert get_model(name).model_id == "openai-responses/gpt-5.5"
        assert get_async_model(name).model_id == "openai-responses/gpt-5.5"


class Entry:
    """An entry point that gives what it is told to."""

    value = "package:register_models"

    def __init__(self, name: str, register_models: Any) -> None:
        self.name = name
        self._register_models = register_models

    def load(self) -> Any:
        """What it names."""
        return self._register_models


def installed(monkeypatch: pytest.MonkeyPatch, *registers: Any) -> None:
    """Have these packages installed that bring models."""
    entries = [Entry(f"package-{n}", given) for n, given in enumerate(registers)]

    def entry_points(*, group: str) -> list[Entry]:
        return entries if group == "harness.models" else []

    monkeypatch.setattr(metadata, "entry_points", entry_points)


def test_a_package_can_bring_models_with_aliases(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = Actor(Stage([Play(WORDS)])), AsyncActor(Stage([Play(WORDS)]))
    installed(monkeypatch, lambda register: register(ours, theirs, aliases=("s", "t")))
    assert get_model("scripted") is get_model("s") is get_model("t") is ours
    assert get_async_model("scripted") is get_async_model("t") is theirs
    assert get_model("s").prompt("Hi").text() == "Hello you"
    with pytest.raises(UsageError, match="did you mean 'scripted'"):
        get_model("scriptd")
    with pytest.raises(UsageError, match="registered as it is, without key="):
        get_model("s", key="k")


def test_a_package_may_bring_one_kind_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage([])
    installed(
        monkeypatch,
        lambda register: register(Actor(stage), aliases=None),
        lambda register: register(None, AsyncActor(stage), aliases=["a"]),
    )
    with pytest.raises(UsageError, match="scripted has no async model"):
        get_async_model("scripted")
    with pytest.raises(UsageError, match="a has no model"):
        get_model("a")


def test_a_package_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def register_models(register: Any) -> None:
        raise RuntimeError("no luck")

    installed(monkeypatch, register_models)
    with pytest.raises(UsageError, match=r"package-0.*RuntimeError: no luck"):
        get_model("scripted")


# ------------------------------------------------------------------- connections


class Pool:
    """A transport that counts its connections."""

    def __init__(self, *plays: Play) -> None:
        self.line = Line(Stage(plays))
        self.connected = self.closed = 0

    def __enter__(self) -> Pool:
        self.connected += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.closed += 1

    def send(self, request: Request) -> Answer:
        """The next answer."""
        return self.line.send(request)


class AsyncPool:
    """The same, awaited."""

    def __init__(self, *plays: Play) -> None:
        self.pool = Pool(*plays)

    async def __aenter__(self) -> AsyncPool:
        self.pool.connected += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.pool.closed += 1

    async def send(self, request: Request) -> AsyncAnswer:
        """The next answer."""
        answer = self.pool.send(request)

        async def chunks() -> Any:
            for chunk in answer.chunks:
                yield chunk

        async def close() -> None:
            answer.close()

        return AsyncAnswer(answer.status, answer.headers, chunks(), close)


def test_in_a_with_block_one_connection_serves_all_prompts() -> None:
    pool = Pool(*[spoken(CHAT, WORDS)] * 4)
    model = get_model(f"{CHAT}/m", key="k", transport=pool)
    model.prompt("before").text()
    assert pool.connected == 0
    for times in (1, 2):
        with model as kept:  # type: ignore[attr-defined]  # a wired model is a context
            assert kept is model
            model.prompt("one").text()
            assert (pool.connected, pool.closed) == (times, times - 1)
        assert pool.closed == times


def test_in_an_async_with_block_one_connection_serves_all_prompts() -> None:
    async def flow() -> None:
        waiting = AsyncPool(*[spoken(CHAT, WORDS)] * 2)
        model = get_async_model(f"{CHAT}/m", key="k", transport=waiting)
        async with model:  # type: ignore[attr-defined]  # a wired model is a context
            await model.prompt("one").text()
            await model.prompt("two").text()
            assert (waiting.pool.connected, waiting.pool.closed) == (1, 0)
        assert waiting.pool.closed == 1

    ASYNC.run(flow())


# ------------------------------------------------------------------------ retries


QUICK = Retries(most=2, first=0.0)


@kinds
@wires
def test_a_model_tries_again_as_often_as_it_is_told_to(kind: Kind, wire: str) -> None:
    async def flow() -> None:
        plays = [failed(500), failed(529), spoken(wire, WORDS)]
        model, stage = heard(kind, wire, *plays, retries=QUICK)
        assert await got(model.prompt("Hi").text()) == "Hello you"
        assert (len(stage.sent), stage.open) == (3, 0)
        assert len(set(stage.sent)) == 1

    kind.run(flow())


@kinds
def test_a_model_does_not_try_again_unless_it_is_told_to(kind: Kind) -> None:
    async def flow() -> None:
        model, stage = heard(kind, CHAT, failed(500))
        with pytest.raises(ProviderError):
            await got(model.prompt("Hi").text())
        assert len(stage.sent) == 1

    kind.run(flow())


@kinds
def test_an_answer_that_has_begun_is_never_asked_for_again(kind: Kind) -> None:
    async def flow() -> None:
        steps = [*spoken(CHAT, WORDS).steps[:2], ConnectionLost("cut")]
        model, stage = heard(kind, CHAT, Play(steps), retries=QUICK)
        with pytest.raises(ConnectionLost):
            await got(model.prompt("Hi").text())
        assert len(stage.sent) == 1

    kind.run(flow())


# ------------------------------------------------------- options, schemas, tools


def test_options_are_given_by_name_or_as_a_mapping() -> None:
    plays = [spoken(CHAT, WORDS)] * 2
    model, stage = heard(SYNC, CHAT, *plays)
    first = model.prompt("Hi", temperature=0.5, options={"top_p": 0.1}, seed=None)
    first.text()
    assert first.prompt.options == {"temperature": 0.5, "top_p": 0.1}
    assert {"temperature": 0.5, "top_p": 0.1}.items() <= asked(stage).items()
    assert "seed" not in asked(stage)
    reply = first.reply("more", temperature=0.9)
    reply.text()
    assert {"temperature": 0.9, "top_p": 0.1}.items() <= asked(stage, 1).items()
    with pytest.raises(UsageError, match="given in options= and by name: seed"):
        model.prompt("Hi", options={"seed": 1}, seed=2)


class Dog(BaseModel):
    """A dog."""

    name: str
    age: int


FORMATS: dict[str, Callable[[JsonObject], Any]] = {
    ANTHROPIC: lambda body: body["output_config"]["format"]["schema"],
    CHAT: lambda body: body["response_format"]["json_schema"]["schema"],
    RESPONSES: lambda body: body["text"]["format"]["schema"],
}


@wires
def test_a_schema_is_json_schema_or_a_pydantic_model(wire: str) -> None:
    schema = Dog.model_json_schema()
    for given in (schema, Dog):
        model, stage = heard(SYNC, wire, spoken(wire, WORDS))
        response = model.prompt("Hi", schema=given)
        response.text()
        assert FORMATS[wire](asked(stage)) == schema
        assert response.to_dict()["prompt"]["schema"] == schema
    with pytest.raises(UsageError, match="JSON Schema or a pydantic model"):
        heard(SYNC, wire)[0].prompt("Hi", schema="a dog")


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@kinds
@wires
def test_a_function_is_a_tool_and_its_result_goes_back(kind: Kind, wire: str) -> None:
    async def flow() -> None:
        plays = [spoken(wire, CALLS), spoken(wire, WORDS)]
        model, stage = heard(kind, wire, *plays)
        chain = model.chain("What is 1 + 2?", tools=[add])
        assert await got(chain.text()) == "Hello you"
        assert len(stage.sent) == 2
        assert '"3"' in stage.sent[1].body.decode()
        assert "call_1" in stage.sent[1].body.decode()
        names = [tool.get("name") or tool["function"]["name"] for tool in tools(stage)]
        assert names == ["add"]

    kind.run(flow())


def tools(stage: Stage) -> list[JsonObject]:
    """The tools that the last request declares."""
    declared: list[JsonObject] = asked(stage, -1)["tools"]
    return declared


@kinds
def test_a_call_can_be_answered_in_another_process(kind: Kind) -> None:
    async def flow() -> None:
        plays = [spoken(CHAT, CALLS), spoken(CHAT, WORDS)]
        model, stage = heard(kind, CHAT, *plays)
        first = model.prompt("1 + 2?", tools=[add], schema=Dog, temperature=0.5)
        assert await got(first.tool_calls()) == [
            ToolCallPart("add", {"a": 1, "b": 2}, "call_1")
        ]
        data = json.loads(json.dumps(first.to_dict()))
        there = type(first).from_dict(data, model=model)
        with pytest.raises(UsageError, match="'add' is declared and cannot be run"):
            await got(there.reply())
        reply = await got(there.reply(tools=[add]))
        assert await got(reply.text()) == "Hello you"
        body = asked(stage, 1)
        assert body["messages"][-1] == {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": "3",
        }
        kept = ("temperature", "response_format", "tools")
        assert [body[name] for name in kept] == [asked(stage)[name] for name in kept]

    kind.run(flow())


def test_a_model_says_what_it_cannot_do() -> None:
    class Plain(Actor):
        supports_schema = supports_tools = False
        supports_server_side_tools = supports_conversation = False

    model = Plain(Stage([Play(WORDS)]))
    said = [Message("assistant", (TextPart("Hi"),))]
    for given, what in (
        ({"schema": {}}, "schemas"),
        ({"tools": [add]}, "tools"),
        ({"tools": [ServerSideTool({"type": "x"})]}, "server-side tools"),
        ({"messages": said}, "conversations"),
    ):
        with pytest.raises(UsageError, match=f"scripted does not support {what}"):
            model.prompt("Hi", **given)
    assert model.prompt("Hi").text() == "Hello you"


def test_a_model_may_say_plain_strings_and_report_the_rest() -> None:
    class Reporting(Actor):
        def execute(
            self, prompt: Any, stream: bool, response: Any, conversation: Any
        ) -> Iterator[Event | str]:
            yield "Hello"
            yield " you"
            response.add_tool_call(ToolCallPart("add", {"a": 1}, "c"))
            response.set_usage(input=3, output=2)
            response.set_resolved_model("scripted-2")

    response = Reporting(Stage([])).prompt("Hi")
    assert response.text() == "Hello you"
    assert [call.name for call in response.tool_calls()] == ["add"]
    assert response.usage() == Usage(3, 2)
    assert response.resolved_model == "scripted-2"
    assert response.finish_reason() is None
    assert response.json() is None


def test_a_response_that_is_dropped_unread_sends_nothing() -> None:
    model, stage = heard(SYNC, CHAT)
    model.prompt("Hi")
    gc.collect()
    assert stage.sent == []


def test_a_server_that_turns_nobody_away_is_asked_without_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OLLAMA_API_KEY", raising=False)
    model = get_model("ollama/llama3")
    assert isinstance(model, WiredModel)
    request = model.request(model.prompt("Hi").prompt, True)
    assert header(request.headers, "authorization") is None
    monkeypatch.setenv("OLLAMA_API_KEY", "k")
    request = model.request(model.prompt("Hi").prompt, True)
    assert header(request.headers, "authorization") == "Bearer k"
