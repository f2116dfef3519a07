"""Fixtures of aimock become a suite; what cannot be said in one is told, with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from harness.cassette.foreign import aimock
from harness.cassette.foreign.fixtures import is_fixtures
from harness.errors import CassetteError
from harness.providers import PROVIDERS, WHERE
from harness.suite.load import load
from harness.suite.located import parse

CALL = {"name": "f", "arguments": {"x": 1}}
NAMED = {**CALL, "id": "call_1"}


def made(*fixtures: Any, **more: Any) -> aimock.Suite:
    """The suite of these fixtures, proven to be one."""
    data = json.dumps({"fixtures": fixtures}, indent=1).encode()
    suite = aimock.suite(data, "fix.json", "fix", **more)
    load(suite.text, "specs/fix.spec.yaml", WHERE, PROVIDERS)
    return suite


def cases(*fixtures: Any, **more: Any) -> list[Any]:
    return list(parse(made(*fixtures, **more).text, "x")[0]["cases"])


def remarks(*fixtures: Any) -> list[str]:
    found = made(
        {"match": {"userMessage": "ok"}, "response": {"content": "ok"}}, *fixtures
    )
    return [problem.message for problem in found.remarks]


def answer(
    asked: str | None = "Hi", match: Any = (), **response: Any
) -> dict[str, Any]:
    wanted = {} if asked is None else {"userMessage": asked}
    return {"match": {**wanted, **dict(match)}, "response": response}


def parts(**response: Any) -> Any:
    return cases(answer(**response))[0]["says"]["parts"]


def text(said: str) -> dict[str, str]:
    return {"type": "text", "text": said}


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ({"content": "Hello 🦩"}, [text("Hello 🦩")]),
        ({"content": {"a": [1, None], "é": "ü"}}, [text('{"a":[1,null],"é":"ü"}')]),
        ({"content": ""}, [text("")]),
        ({"toolCalls": [CALL]}, [{"type": "tool_call", "name": "f", "arguments": {"x": 1}}]),
        ({"toolCalls": [{"name": "f", "arguments": '{"x": 1}'}], "content": ""}, [{"type": "tool_call", "name": "f", "arguments": {"x": 1}}]),
        ({"toolCalls": [{"name": "f", "arguments": ""}]}, [{"type": "tool_call", "name": "f", "arguments": {}}]),
        ({"content": "I look.", "toolCalls": [NAMED]}, [text("I look."), {"type": "tool_call", "name": "f", "arguments": {"x": 1}, "tool_call_id": "call_1"}]),
        ({"content": "a", "reasoning": "hm"}, [{"type": "reasoning", "text": "hm"}, text("a")]),
        ({"content": "a", "reasoning": "hm", "reasoningSignature": "c2ln"}, [{"type": "reasoning", "text": "hm", "opaque": "c2ln"}, text("a")]),
        ({"content": "a", "redactedThinking": ["AAAA"]}, [{"type": "reasoning", "redacted": True, "opaque": "AAAA"}, text("a")]),
        ({"blocks": [{"type": "toolCall", **CALL}, text("after")]}, [{"type": "tool_call", "name": "f", "arguments": {"x": 1}}, text("after")]),
        ({"blocks": [text("after")], "content": "passed over", "toolCalls": []}, [text("after")]),
    ],
)  # fmt: skip
def test_what_is_said_is_said_in_parts(response: Any, said: Any) -> None:
    assert parts(**response) == said


def test_an_error_is_one_and_has_its_status() -> None:
    error = {"message": "slow down", "type": "rate_limit_error", "code": "c"}
    (case,) = cases(answer(error=error, status=429))
    assert case["says"] == {
        "error": {"status": 429, "kind": "rate_limit_error", "message": "slow down"}
    }
    assert cases(answer(error={"message": "no"}))[0]["says"]["error"]["status"] == 500


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
        {"input_tokens": 3, "output_tokens": 4},
        {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7},
    ],
)
def test_usage_and_the_reason_are_in_our_words(usage: Any) -> None:
    fixture = answer(content="a", usage=usage, finishReason="length")
    (case,) = cases(fixture)
    assert case["says"]["usage"] == {"input": 3, "output": 4}
    assert case["says"]["finish_reason"] == "length"
    assert remarks(fixture) == []


def test_the_prompt_is_what_the_match_asks_for() -> None:
    match = {"systemMessage": ["You are", "kind"], "model": "m-1", "toolName": "f"}
    (case,) = cases(answer("Hi", match, content="a"))
    assert (case["prompt"], case["system"]) == ("Hi", "You are\nkind")
    assert (case["model"], case["tools"]) == ("m-1", ["f"])
    assert cases(answer(None, content="a"))[0]["prompt"] == "Anything."


def test_every_provider_says_it_unless_one_is_named() -> None:
    everyone = parse(made(answer(content="a")).text, "x")[0]
    assert everyone["defaults"] == {"matrix": {"provider": "all"}}
    one = parse(made(answer(content="a"), provider="gemini").text, "x")[0]
    assert one["defaults"] == {"provider": "gemini"}


def test_a_tool_is_declared_as_it_is_called() -> None:
    call = {
        "name": "f",
        "arguments": {
            "s": "",
            "i": 1,
            "n": 1.5,
            "b": True,
            "l": [],
            "o": {},
            "z": None,
        },
    }
    suite = parse(made(answer(toolCalls=[call])).text, "x")[0]
    types = {
        k: v["type"]
        for k, v in suite["tools"]["f"]["input_schema"]["properties"].items()
    }
    assert types == {
        "s": "string",
        "i": "integer",
        "n": "number",
        "b": "boolean",
        "l": "array",
        "o": "object",
        "z": "null",
    }


# ------------------------------------------------------------------ conversations


def turns(*fixtures: Any) -> list[tuple[Any, ...]]:
    """What is done in each turn of each case, and the text said to it."""

    def done(turn: Any) -> str:
        if "prompt" in turn:
            return str(turn["prompt"])
        return "reply" if not turn["reply"] else f"reply {turn['reply']['prompt']}"

    return [tuple(map(done, case.get("turns", [case]))) for case in cases(*fixtures)]


def test_the_result_of_a_call_is_answered_in_the_next_turn() -> None:
    after = answer(None, {"toolCallId": "call_1"}, content="done")
    assert turns(answer(toolCalls=[NAMED]), after) == [("Hi", "reply")]
    assert turns(answer(toolCalls=[CALL]), after) == [("Hi", "reply")]


def test_an_id_finds_its_call_among_several() -> None:
    first, second = (
        answer("a", toolCalls=[NAMED]),
        answer("b", toolCalls=[{**CALL, "id": "call_2"}]),
    )
    after = answer(None, {"toolCallId": "call_1"}, content="done")
    assert turns(first, second, after) == [("b",), ("a", "reply")]


def test_an_id_finds_its_call_before_one_that_has_none() -> None:
    named, unnamed = answer("a", toolCalls=[NAMED]), answer("b", toolCalls=[CALL])
    after = answer(None, {"toolCallId": "call_1"}, content="done")
    assert turns(named, unnamed, after) == [("b",), ("a", "reply")]


def test_a_call_that_waits_comes_before_one_that_was_answered() -> None:
    after = [answer(None, {"hasToolResult": True}, content=text) for text in "xy"]
    calls = [answer(asked, toolCalls=[CALL]) for asked in "ab"]
    assert turns(*calls, *after) == [("b", "reply"), ("a", "reply")]


def test_turns_follow_by_their_number() -> None:
    found = turns(
        answer("Hi", {"turnIndex": 0, "hasToolResult": False}, toolCalls=[CALL]),
        answer("Hi", {"turnIndex": 1, "hasToolResult": True}, content="done"),
        answer(
            "And then?", {"turnIndex": 2, "hasToolResult": False}, content="no more"
        ),
    )
    assert found == [("Hi", "reply", "reply And then?")]


def test_the_next_answer_to_a_prompt_follows_a_call_and_nothing_else() -> None:
    called = answer("Hi", {"sequenceIndex": 0}, toolCalls=[CALL])
    told = answer("Hi", {"sequenceIndex": 0}, content="first")
    after = answer("Hi", {"sequenceIndex": 1}, content="second")
    assert turns(called, after) == [("Hi", "reply")]
    assert turns(told, after) == [("Hi",), ("Hi",)]


def test_two_results_of_one_call_are_two_cases() -> None:
    yes = answer(
        None, {"toolCallId": "call_1", "toolResultContains": "yes"}, content="y"
    )
    no = answer(None, {"toolCallId": "call_1", "toolResultContains": "no"}, content="n")
    suite = made(answer(toolCalls=[NAMED]), yes, no)
    assert turns(answer(toolCalls=[NAMED]), yes, no) == [("Hi", "reply")] * 2
    assert parse(suite.text, "x")[0]["tools"]["f"]["output"] == "yes"
    (problem,) = suite.remarks
    assert problem.message == "'f' gives 'yes' in all of the suite"


@pytest.mark.parametrize("match", [{"toolCallId": "call_9"}, {"hasToolResult": True}, {"turnIndex": 3}, {"toolResultContains": "x"}])  # fmt: skip
def test_what_follows_on_nothing_is_left_out(match: Any) -> None:
    assert remarks(answer("Hi", match, content="a")) == [
        "left out: no fixture before it is answered so"
    ]


def test_ids_are_words_of_the_prompt_and_no_two_the_same() -> None:
    asked = ["Hi there!", "Hi, there", "Привет", "...", "no", "x " * 90]
    ids = [case["id"] for case in cases(*(answer(a, content="a") for a in asked))]
    assert ids[:4] == ["hi-there", "hi-there-2", "привет", "fixture-4"]
    assert len({*ids}) == len(asked)
    assert max(map(len, ids)) <= 40


# ------------------------------------------------------------- what is not taken over


@pytest.mark.parametrize(
    ("fixture", "said"),
    [
        (answer(None, {"inputText": "a", "endpoint": "embedding"}, embedding=[0.1]), "left out: a suite asks no 'embedding' endpoint"),
        (answer(embedding=[0.1]), "left out: a suite cannot say embeddings"),
        (answer(image={"url": "x"}), "left out: a suite cannot say images"),
        (answer(json={}), "left out: a suite cannot say the answer of an endpoint that is no chat"),
        (answer(), "left out: it says nothing: no content, toolCalls, blocks or error"),
        (answer(content=3), "left out: its content is neither text nor JSON"),
        (answer(toolCalls=[{"name": "f", "arguments": "{"}]), "left out: the arguments of 'f' are no JSON object"),
        (answer(toolCalls=[{"name": "f", "arguments": [1]}]), "left out: the arguments of 'f' are no JSON object"),
        (answer(toolCalls=[{}]), "left out: one of its tool calls has no name"),
        (answer(blocks=[{"type": "poem"}]), "left out: one of its blocks is neither text nor toolCall"),
        ({**answer(content="a"), "latency": 5}, "latency is not taken over: a suite keeps no time; every cut and no delay is tried instead"),
        ({**answer(content="a"), "chaos": {"dropRate": 1}}, "chaos is not taken over: a suite leaves nothing to chance: write inject: {fault: ...}"),
        ({**answer(content="a"), "brandNew": 5}, "brandNew is not taken over: a suite has no place for it"),
        (answer("Hi", {"context": "c"}, content="a"), "context is not taken over: a case asks for itself, whichever context its request came from"),
        (answer("Hi", {"brandNew": "c"}, content="a"), "brandNew is not taken over: a suite has no place for it"),
        (answer(content="a", id="x"), "id is not taken over: each wire makes its own"),
        (answer(content="a", brandNew=1), "brandNew is not taken over: a suite has no place for it"),
        (answer(content="a", usage={"cost": 1}), "cost is not taken over: a suite has no place for it"),
    ],
)  # fmt: skip
def test_what_a_suite_cannot_hold_is_told(fixture: Any, said: str) -> None:
    assert remarks(fixture) == [said]


def test_what_is_told_has_its_place() -> None:
    data = b'{"fixtures": [\n  {"match": {"userMessage": "\\ud83e\\udda9"},\n\t"response": {"content": "a",\n   "id": "x"}}]}'
    suite = aimock.suite(data, "fix.json", "fix")
    (problem,) = suite.remarks
    assert (problem.place.line, problem.place.column) == (4, 10)
    assert "# fix.json, line 2\n" in suite.text.decode()
    assert "prompt: 🦩\n" in suite.text.decode()


@pytest.mark.parametrize("key", ["truncateAfterChunks", "disconnectAfterMs"])
def test_an_answer_that_breaks_off_is_a_case_that_does(key: str) -> None:
    (case,) = cases({**answer(content="one two three"), key: 2})
    assert case["inject"] == {"request": 1, "fault": "disconnect"}
    assert case["expect"]["done"] is False
    assert case["requires"] == ["streaming"]


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "said"),
    [
        (b"{", "H502", 1, 2, "not JSON"),
        (b'{"fixtures": 3}', "H503", 1, 14, "should be a list, not a whole number"),
        (b'{"a": 3}', "H503", 1, 1, "no 'fixtures'"),
        (b'{"fixtures": [\n 3]}', "H503", 2, 2, "should be a mapping"),
        (b'{"fixtures": [\n {"response": {}}]}', "H503", 2, 2, "no 'match'"),
        (b'{"fixtures": [{"match": {\n"userMessage": [1]}, "response": {}}]}', "H503", 2, 16, "userMessage should be text"),
        (b'{"fixtures": [{"match": {"turnIndex": true}, "response": {}}]}', "H503", 1, 39, "turnIndex should be a whole number"),
        (b'{"fixtures": []}', "H514", 1, 14, "nothing in it is what a suite can ask"),
        (b'{"fixtures": [], "fixtures": []}', "H503", 1, 1, "stands twice"),
        (b'{"fixtures": [], "a": [\n"\\ud83e\\udda9 \\ud83e"]}', "H506", 2, 15, "lone surrogate"),
        (b'{"fixtures": \xff}', "H506", 1, 14, "not UTF-8"),
        (b"[" * 90_000, "H507", 1, 1, "nested too deep"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_fixtures_says_why_and_where(
    text: bytes, code: str, line: int, column: int, said: str
) -> None:
    with pytest.raises(CassetteError) as caught:
        aimock.suite(text, "fix.json", "fix")
    problem = caught.value.problems[-1]
    assert (problem.code, problem.place.line, problem.place.column) == (
        code,
        line,
        column,
    )
    assert said in problem.message


AWKWARD = ["no", "1e5", "0o17", ".5", "~", "null", "True", "-", "a: b", "# x", "12:30", "*a", "&a", "!t", "{a}", "'", '"', "x\u2028y", "a\x85b", "\ta", " a ", "a\n b\n\n", "🦩\r\n", "a\n", "\n", "\n\n", "a\n\n\n", "", "\x07"]  # fmt: skip


@pytest.mark.parametrize("word", AWKWARD)
def test_any_text_is_read_back_by_every_reader(word: str) -> None:
    fixture = answer(word, {"systemMessage": word or "x"}, content=word, reasoning=word)
    call = answer("call", toolCalls=[{"name": "f", "arguments": {"k": word}}])
    suite = made(fixture, call)
    for read in (parse(suite.text, "x")[0], yaml.safe_load(suite.text)):
        case, calling = read["cases"]
        assert case["prompt"] == word
        assert case["says"]["parts"][-1] == text(word)
        assert calling["says"]["parts"][0]["arguments"] == {"k": word}


@pytest.mark.parametrize(
    ("data", "is_one"),
    [(b'{"fixtures": []}', True), (b'{"fixtures": {}}', False), (b"[]", False), (b"a", False), (b"[" * 90_000, False)],
)  # fmt: skip
def test_a_file_of_fixtures_is_known_by_its_list(data: bytes, is_one: bool) -> None:
    assert is_fixtures(data) is is_one
