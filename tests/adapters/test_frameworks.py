"""What the frameworks share, without any of them; with them is for test_baselines."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import pytest

from harness.adapters.frameworks import _litellm_words as litellm_words
from harness.adapters.frameworks._framework import (
    Framework,
    Heard,
    Talk,
    Wire,
    arguments_of,
    named,
    reply_of,
    text_of,
)
from harness.adapters.frameworks.langchain import LangChain
from harness.adapters.frameworks.litellm import LiteLLM
from harness.adapters.frameworks.pydantic_ai import PydanticAI
from harness.errors import NotExpressible, UsageError
from harness.message.events import StreamEvent
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    ReasoningPart,
    TextPart,
    ToolCallPart,
)
from harness.run.door import Ask, Who


class Parrot:
    """A chat of a framework that says what it is told to."""

    def __init__(self, *answers: Any) -> None:
        self.answers = [*answers]
        self.said: list[Message] = []
        self.rehydrated = 0

    def say(self, messages: Any) -> None:
        self.said += messages

    def ask(self, heard: Heard) -> None:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            heard.events.append(StreamEvent("text", "Once", 0))
            raise answer
        heard.messages = [Message("assistant", answer)]
        heard.finish = "stop"

    async def ask_async(self, heard: Heard) -> None:
        self.ask(heard)

    def rehydrate(self) -> None:
        self.rehydrated += 1


def talk(*answers: Any, mode: str = "sync") -> tuple[Talk, Parrot]:
    parrot = Parrot(*answers)
    who = Who("openai-chat", "m", "http://x", "k", mode=mode)
    return Talk(parrot, who, lambda name, arguments: f"{name} ran"), parrot


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_what_is_said_is_put_in_the_order_it_is_said(mode: str) -> None:
    call = ToolCallPart("look", {}, "c1")
    session, parrot = talk((call,), (TextPart("Rain."),), mode=mode)
    first = session.prompt(Ask("Weather?", system="Be brief."))
    session.rehydrate()
    second = session.reply(Ask("So?"))
    session.close()
    assert [m.role for m in parrot.said] == ["system", "user", "tool", "user"]
    assert (first.tool_calls, first.finish_reason) == ((call,), "tool_calls")
    assert (second.messages[0].parts, second.done) == ((TextPart("Rain."),), True)
    assert parrot.rehydrated == 1


def test_a_call_that_is_no_json_is_not_run() -> None:
    session, _ = talk((ToolCallPart("look", {"_raw": '{"a'}, "c1"),))
    session.prompt(Ask("Weather?"))
    (result,) = session.execute_tool_calls()
    assert result.output == "Error: arguments are not JSON"


def test_what_arrived_before_an_error_is_told_with_it() -> None:
    session, _ = talk(ValueError("gone"))
    reply = session.prompt(Ask("Weather?"))
    assert reply.error is not None
    assert (reply.error.kind, reply.done) == ("ValueError", False)
    assert reply.messages[0].parts == (TextPart("Once"),)


def test_what_cannot_be_asked_is_passed_on() -> None:
    session, _ = talk(NotExpressible("no"))
    with pytest.raises(NotExpressible):
        session.prompt(Ask("Weather?"))


def test_a_result_has_the_name_of_its_call() -> None:
    call = StreamEvent("tool_call_name", "look", 0, "c1", server_executed=True)
    result = StreamEvent("tool_result", "fog", 1, "c1", server_executed=True)
    assert [*named([call, result])][1] == result._replace(tool_name="look")


def test_arguments_are_json_or_kept_as_they_are() -> None:
    assert arguments_of('{"a": 1}') == arguments_of({"a": 1}) == {"a": 1}
    assert arguments_of("") == arguments_of(None) == {}
    assert arguments_of('{"a') == {"_raw": '{"a'}
    assert text_of({"a": "é"}) == '{"a":"é"}'
    assert reply_of(Heard(), None).done


def test_a_framework_that_is_not_installed_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    for make in (PydanticAI, LiteLLM, LangChain):
        with pytest.raises(UsageError, match="is not installed"):
            make()


def test_one_model_of_one_wire_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "1")
    asked: list[str] = []

    def chat(who: Who) -> Parrot:
        asked.append(who.model)
        return Parrot()

    wires = {name: Wire("json", chat) for name in ("anthropic", "gemini")}
    only = Framework("x", wires, frozenset(), "x", "anthropic:claude-x")
    assert only.providers == {"anthropic"}
    for adapter in (only, Framework("x", wires, frozenset(), "x")):
        adapter.open(Who("anthropic", "harness-model", "", ""), NOBODY, NOBODY)
    assert asked == ["claude-x", "claude-sonnet-4-5"]
    with pytest.raises(UsageError, match="has no wire 'cohere' here"):
        Framework("x", wires, frozenset(), "x", "cohere:command")


NOBODY: Any = None
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}


def test_an_answer_of_litellm_is_told_part_by_part() -> None:
    said = {
        "content": "Rain.",
        "annotations": [{"url": "https://example.com"}],
        "thinking_blocks": [
            {"type": "thinking", "thinking": "Hm.", "signature": "s"},
            {"type": "redacted_thinking", "data": "d"},
        ],
        "images": [{"image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}],
        "tool_calls": [CALL],
    }
    thought, hidden, text, image, call = litellm_words.ours(said).parts
    assert thought == ReasoningPart("Hm.", False, {"litellm": {"signature": "s"}})
    assert hidden == ReasoningPart("", True, {"litellm": {"data": "d"}})
    told = {"litellm": {"annotations": [{"url": "https://example.com"}]}}
    assert text == TextPart("Rain.", told)
    assert isinstance(image, AttachmentPart)
    assert image.attachment == Attachment("image/png", content=b"\x89PNG\r\n\x1a\n")
    assert call == ToolCallPart("look", {}, "c1")


def test_what_is_said_to_litellm_is_as_openai_has_it() -> None:
    history = [
        {"role": "user", "parts": [{"type": "text", "text": "Hi"}]},
        {
            "role": "assistant",
            "parts": [
                {
                    "type": "tool_call",
                    "name": "look",
                    "arguments": {},
                    "tool_call_id": "c1",
                }
            ],
        },
        {
            "role": "tool",
            "parts": [
                {
                    "type": "tool_result",
                    "name": "look",
                    "output": "fog",
                    "tool_call_id": "c1",
                }
            ],
        },
    ]
    messages = [Message.from_dict(message) for message in history]
    said = [d for message in messages for d in litellm_words.theirs(message)]
    assert said == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "name": "look", "content": "fog", "tool_call_id": "c1"},
    ]
    with pytest.raises(NotExpressible):
        [*litellm_words.theirs(Message("developer", (TextPart("x"),)))]
