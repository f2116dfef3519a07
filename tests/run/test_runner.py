"""One case, one adapter, one verdict: each of them, and what it takes."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.errors import CassetteError, ConnectionLost
from harness.message.events import Finish, StreamEvent
from harness.message.parts import Message, TextPart, ToolResultPart
from harness.providers import PROVIDERS
from harness.providers._square import speak
from harness.run.door import Ask, Reply
from harness.run.observe import KEY
from harness.run.runner import Trial, run
from harness.suite.case import Case
from harness.wire.http import Request, Transport
from tests.run.trying import (
    HELLO,
    REFERENCE,
    TRIAL,
    Puppet,
    checks,
    trial_of,
    tried,
    tried_all,
)
from tests.suite.reading import only_case

SAYS_HELLO = Reply(
    (StreamEvent("text", "Hello", 0), Finish("stop")),
    (Message("assistant", (TextPart("Hello"),)),),
    finish_reason="stop",
)


def asks(door: Transport) -> None:
    body = {"model": "harness-model", "messages": [{"role": "user", "content": "Hi"}]}
    url = PROVIDERS["anthropic"].base_url + "/v1/messages"
    answer = door.send(Request("POST", url, (), json.dumps(body).encode()))
    b"".join(answer.chunks)


def obedient(door: Transport, ask: Ask) -> Reply:
    asks(door)
    return SAYS_HELLO


# -------------------------------------------------------------------- verdicts

VERDICTS: dict[str, tuple[str, str, list[str]]] = {
    "as it should": ("", "passed", []),
    "not as it should": ("expect: {text: Hallo}", "failed", ["text"]),
    "known to fail": ("expect: {text: x}\nxfail: [{reason: r}]", "known", ["text"]),
    "known to fail this check": (
        "expect: {text: x}\nxfail: [{reason: r, checks: [text]}]",
        "known",
        ["text"],
    ),
    "known to fail another check": (
        "expect: {text: x}\nxfail: [{reason: r, checks: [usage]}]",
        "failed",
        ["text"],
    ),
    "known to fail one check of two": (
        "expect: {text: x, done: false}\nxfail: [{reason: r, checks: [text]}]",
        "failed",
        ["text", "done"],
    ),
    "known to fail, but elsewhere": (
        "expect: {text: x}\nxfail: [{when: {provider: openai-chat}, reason: r}]",
        "failed",
        ["text"],
    ),
    "known to fail, and does not": ("xfail: [{reason: r}]", "unexpected", []),
    "known to fail until later": (
        "expect: {text: x}\nxfail: [{reason: r, until: 2026-12-01}]",
        "known",
        ["text"],
    ),
    "known to fail until today": (
        "expect: {text: x}\nxfail: [{reason: r, until: 2026-11-22}]",
        "known",
        ["text"],
    ),
    "known to fail until yesterday": (
        "expect: {text: x}\nxfail: [{reason: r, until: 2026-11-21}]",
        "failed",
        ["text"],
    ),
    "known to fail until yesterday, and does not": (
        "xfail: [{reason: r, until: 2026-11-21}]",
        "unexpected",
        [],
    ),
    "should": ("level: should\nexpect: {text: x}", "passed", ["text"]),
    "should, known to fail": (
        "level: should\nexpect: {text: x}\nxfail: [{reason: r}]",
        "known",
        ["text"],
    ),
    "should, known to fail, and does not": (
        "level: should\nxfail: [{reason: r}]",
        "unexpected",
        [],
    ),
    "not to be tried": ("skip: [{reason: r}]", "skipped", []),
    "not to be tried elsewhere": (
        "skip: [{when: {stream: false}, reason: r}]",
        "passed",
        [],
    ),
    "needs what the adapter has not": ("requires: [async]", "skipped", []),
    "asynchronous": ("mode: async", "skipped", []),
    "needs what the wire has not": ("requires: [retries]", "skipped", []),
    "with a snapshot": ("expect: {events: {snapshot: a}}", "skipped", []),
    "with a fault that does not fit": (
        "inject: {fault: reset, request: 9}",
        "broken",
        [],
    ),
}

TODAY = replace(TRIAL, today="2026-11-22")


@pytest.mark.parametrize("name", VERDICTS)
def test_a_case_comes_to_its_verdict(name: str) -> None:
    fields, verdict, failed = VERDICTS[name]
    result = tried(HELLO + fields, TODAY)
    assert (result.verdict, checks(result)) == (verdict, failed)
    assert bool(result.reason) is (verdict not in ("passed", "failed")) or name in (
        "known to fail until yesterday",
    )
    tries = verdict not in ("skipped", "broken")
    assert (result.checks > 0, result.replays > 0) == (tries, tries)
    assert (result.observation is not None) is tries


def test_reasons_say_why() -> None:
    def why(fields: str) -> str:
        return tried(HELLO + fields, TODAY).reason

    assert why("skip: [{reason: not today}]") == "not today"
    assert why("requires: [async, retries]") == "reference has no async, retries"
    assert why("mode: async") == "reference has no async"
    assert why("xfail: [{reason: known}]") == "known"
    assert "pytest" in why("expect: {events: {snapshot: a}}")
    over = why("expect: {text: x}\nxfail: [{reason: r, until: 2026-11-21}]")
    assert over == "excused until 2026-11-21, not any more: r"


def test_a_should_is_a_warning_unless_it_is_asked_to_be_strict() -> None:
    fields = HELLO + "level: should\nexpect: {text: x}"
    assert [f.level for f in tried(fields).failures] == ["should"]
    assert tried(fields, replace(TRIAL, strict=True)).verdict == "failed"
    excused = fields + "\nxfail: [{reason: r}]"
    assert tried(excused, replace(TRIAL, strict=True)).verdict == "known"


def test_a_warning_of_one_check_is_excused_where_it_is_named() -> None:
    fields = HELLO + "expect: {parts: [{type: text, text: Hello}]}\n"
    trial = trial_of(Puppet(obedient))
    assert checks(tried(fields, trial)) == ["truncation"]
    assert tried(fields, trial).verdict == "passed"
    named = "xfail: [{reason: r, checks: [truncation]}]"
    assert tried(fields + named, trial).verdict == "known"
    # A warning alone is not the failure that a bare xfail speaks of.
    assert tried(fields + "xfail: [{reason: r}]", trial).verdict == "unexpected"


def test_one_check_alone_can_be_asked_for() -> None:
    only = replace(TRIAL, only=("text",))
    result = tried(HELLO + "expect: {text: x, done: false}", only)
    assert checks(result) == ["text"]
    assert result.replays == 1
    some = replace(
        TRIAL, only=("chunks.invariant",), cuts=("byte", "recorded", "whole")
    )
    assert tried(HELLO, some).replays == 3
    excused = HELLO + "xfail: [{reason: r, checks: [usage]}]"
    assert tried(excused, only).verdict == "passed"


def test_cuts_come_from_the_case_before_the_caller() -> None:
    few = replace(TRIAL, cuts=("byte",))
    assert tried(HELLO, few).replays == 4  # and whole answers, and a truncated one
    assert tried(HELLO + "replay: {chunks: [whole, event, crlf]}", few).replays == 6


def test_an_adapter_that_does_not_speak_a_wire_skips_it() -> None:
    deaf = Puppet(obedient, providers=frozenset({"anthropic"}))
    result = tried(HELLO.replace("anthropic", "openai-chat"), trial_of(deaf))
    assert (result.verdict, result.reason) == (
        "skipped",
        "puppet does not speak openai-chat",
    )


def test_a_wire_without_a_capability_is_not_applicable() -> None:
    poor = replace(PROVIDERS["anthropic"], capabilities=frozenset())
    trial = Trial(REFERENCE, {"anthropic": poor}, TRIAL.load_tape)
    result = tried(HELLO + "requires: [tools]", trial)
    assert (result.verdict, result.reason) == ("inapplicable", "anthropic has no tools")


def test_a_provider_that_is_not_there_is_broken() -> None:
    result = tried(HELLO, Trial(REFERENCE, {}, TRIAL.load_tape))
    assert result.verdict == "broken"
    assert "no provider 'anthropic'" in result.reason


def test_a_recording_that_is_not_there_is_the_callers_to_report() -> None:
    with pytest.raises(CassetteError):
        tried("provider: anthropic\ncassette: c\nprompt: Hi")


# ------------------------------------------------------- adapters that fall over


def raises(door: Transport, ask: Ask) -> NoReturn:
    raise ZeroDivisionError("of all things")


def leaves(door: Transport, ask: Ask) -> NoReturn:
    sys.exit(0)


def nothing(door: Transport, ask: Ask) -> Any:
    return None


def words(door: Transport, ask: Ask) -> Any:
    return Reply(events=({"type": "text"},))  # type: ignore[arg-type]  # what is tried


def strings(door: Transport, ask: Ask) -> Any:
    return Reply(messages=("Hello",))  # type: ignore[arg-type]  # what is tried


def calls(door: Transport, ask: Ask) -> Any:
    return Reply(tool_calls=(TextPart("a"),))  # type: ignore[arg-type]  # what is tried


def fails(door: Transport, ask: Ask) -> Any:
    return Reply(error="no")  # type: ignore[arg-type]  # what is tried


def mumbles(door: Transport, ask: Ask) -> Any:
    return Reply(events=(StreamEvent("text", None),))  # type: ignore[arg-type]  # what is tried


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (raises, "the adapter raised ZeroDivisionError: of all things"),
        (leaves, "the adapter raised SystemExit: 0"),
        (nothing, "it gave None where a reply belongs"),
        (words, "it gave {'type': 'text'} where an event belongs"),
        (strings, "it gave 'Hello' where a message belongs"),
        (calls, "where a tool call belongs"),
        (fails, "it gave 'no' where an error belongs"),
        (mumbles, "what the adapter gave cannot be checked (TypeError: "),
    ],
)
def test_an_adapter_that_falls_over_is_broken_not_failed(
    answer: Any, said: str
) -> None:
    for fields in (HELLO, HELLO + "xfail: [{reason: r}]"):
        result = tried(fields, trial_of(Puppet(answer)))
        assert (result.verdict, checks(result)) == ("broken", [])
        assert said in result.reason


def test_an_adapter_that_cannot_begin_is_broken() -> None:
    class Closed(Puppet):
        def open(self, *arguments: Any) -> NoReturn:
            raise OSError("no room")

    result = tried(HELLO, trial_of(Closed(obedient)))
    assert (result.verdict, result.reason) == (
        "broken",
        "the adapter raised OSError: no room",
    )


def test_an_adapter_that_falls_over_running_tools_is_broken() -> None:
    def results() -> NoReturn:
        raise KeyError("tide")

    fields = (
        "provider: anthropic\nturns:\n"
        "  - {prompt: Hi, says: {parts: [{type: text, text: Hello}]}}\n"
        "  - {execute_tool_calls: true}"
    )
    result = tried(fields, trial_of(Puppet(obedient, results)))
    assert result.reason == "the adapter raised KeyError: 'tide'"

    def junk() -> Sequence[ToolResultPart]:
        return ["low"]  # type: ignore[list-item]  # what is tried

    result = tried(fields, trial_of(Puppet(obedient, junk)))
    assert "it gave 'low' where a tool result belongs" in result.reason


def test_an_adapter_that_falls_over_on_one_cut_fails_that_check() -> None:
    class Fussy:
        count = 0

        def __call__(self, door: Transport, ask: Ask) -> Reply:
            self.count += 1
            if self.count == 2:
                raise ValueError("half a line")
            return obedient(door, ask)

    result = tried(HELLO, trial_of(Puppet(Fussy()), cuts=("byte",)))
    assert result.verdict == "failed"
    assert "chunks.invariant" in checks(result)
    assert "half a line" in result.failures[0].message


def test_an_interrupt_is_not_the_adapters() -> None:
    def interrupted(door: Transport, ask: Ask) -> NoReturn:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tried(HELLO, trial_of(Puppet(interrupted)))


# ------------------------------------------------------------- what was asked


def test_a_request_too_many_and_an_answer_too_many_are_seen() -> None:
    def twice(door: Transport, ask: Ask) -> Reply:
        asks(door)
        with pytest.raises(ConnectionLost):
            asks(door)
        return SAYS_HELLO

    assert "replay.hermetic" in checks(tried(HELLO, trial_of(Puppet(twice))))
    silent = trial_of(Puppet(lambda door, ask: SAYS_HELLO))
    assert "replay.consumed" in checks(tried(HELLO, silent))


def test_running_tools_must_not_ask_anything() -> None:
    doors: list[Transport] = []

    def answer(door: Transport, ask: Ask) -> Reply:
        doors.append(door)
        with suppress(ConnectionLost):
            asks(door)
        return SAYS_HELLO

    def results() -> Sequence[ToolResultPart]:
        asks(doors[-1])
        return ()

    fields = (
        "provider: anthropic\nturns:\n"
        "  - {prompt: Hi, says: {parts: [{type: text, text: Hello}]}}\n"
        "  - {execute_tool_calls: true, expect: {requests: []}}\n"
        "  - {reply: {prompt: Yo}, says: {parts: [{type: text, text: Hello}]}}\n"
    )
    result = tried(fields, trial_of(Puppet(answer, results)))
    found = [f.message for f in result.failures if f.check == "requests"]
    assert len(found) == 1
    assert found[0].startswith("turn 2: requests[0]: one too many")


def test_tools_go_on_from_turn_to_turn() -> None:
    call = "says: {parts: [{type: tool_call, name: gull, arguments: {}}]}"
    head = "tools: {gull: {outputs: [Ada, Bo, Cy]}}\n"
    fields = (
        "provider: anthropic\ntools: [gull]\nturns:\n"
        f"  - {{prompt: One, {call}}}\n"
        f"  - {{reply: {{}}, {call}}}\n"
        "  - {execute_tool_calls: true, expect: {tool_results: [{output: Bo}]}}\n"
        f"  - {{reply: {{}}, {call}}}\n"
        "  - reply: {}\n"
        "    says: {parts: [{type: text, text: Done}]}\n"
        "    expect:\n"
        "      request: {body: {messages: {$last: {content: [{content: Cy}]}}}}\n"
    )
    result = tried(fields, head=head)
    assert (result.verdict, checks(result)) == ("passed", [])


def test_a_conversation_stops_at_its_first_error() -> None:
    result = tried(
        "provider: anthropic\nturns:\n"
        "  - {prompt: One, says: {error: {status: 500}}}\n"
        "  - {reply: {}, says: {}}"
    )
    assert result.verdict == "failed"
    assert "turn 2 was never reached" in [f.message for f in result.failures]


def test_rehydrating_keeps_the_whole_conversation() -> None:
    results = tried_all(
        """
        harness: 1
        suite: s
        cases:
          - id: c
            matrix: {provider: all, stream: [true, false]}
            turns:
              - {prompt: One, says: {parts: [{type: text, text: First}]}}
              - {rehydrate: true, reply: {prompt: Two}, says: {parts: [{type: text, text: Second}]}}
              - {rehydrate: true, reply: {prompt: Three}, says: {parts: [{type: text, text: Third}]}}
        """
    )
    assert {result.verdict for result in results.values()} == {"passed"}
    assert len(results) == 6
    for result in results.values():
        assert result.observation is not None
        last = result.observation.turns[2].should_ask
        assert [m.role for m in last] == ["user", "assistant"] * 2 + ["user"]


def test_the_key_an_adapter_is_given_opens_nothing() -> None:
    result = tried(HELLO)
    assert result.observation is not None
    assert result.observation.key == KEY
    sent = result.observation.turns[0].sent[0].request
    assert KEY in dict(sent.headers).values()


# ------------------------------------------------------------------ recordings


def recorded(body: dict[str, Any], *, ending: str = "eof") -> Trial:
    answer = speak(
        PROVIDERS["anthropic"],
        [StreamEvent("text", "Hello", 0), Finish("stop")],
        stream=True,
    )
    answer = replace(answer, ending=ending)  # type: ignore[arg-type]  # each test gives one of the three
    url = PROVIDERS["anthropic"].base_url + "/v1/messages"
    asked = Request("POST", url, (), json.dumps(body).encode())
    tape = Tape((Exchange(asked, answer),))
    return replace(TRIAL, load_tape=lambda case: tape)


def sent_now(case: Case) -> dict[str, Any]:
    observed = run(case, recorded({})).observation
    assert observed is not None
    body = observed.turns[0].sent[0].body
    assert isinstance(body, dict)
    return body


TAPED = "provider: anthropic\ncassette: c\nprompt: Hi\n"


def test_a_request_that_changed_since_it_was_recorded_is_stale() -> None:
    body = sent_now(only_case(TAPED))
    assert run(only_case(TAPED), recorded(body)).verdict == "passed"
    older = recorded(body | {"max_tokens": 1, "gone": True})
    result = run(only_case(TAPED), older)
    assert checks(result) == ["request.unchanged"] * 2
    assert {f.message.rpartition(" ")[2] for f in result.failures} == {
        "body.max_tokens",
        "body.gone",
    }
    ignored = only_case(TAPED + "match: {ignore: [body.max_tokens, body.gone]}")
    assert run(ignored, older).verdict == "passed"


def test_a_recording_that_broke_off_is_played_as_it_was() -> None:
    body = sent_now(only_case(TAPED))
    result = run(only_case(TAPED), recorded(body, ending="cut"))
    assert result.verdict == "failed"
    assert "unexpected error" in result.failures[0].message
    expecting = only_case(TAPED + "expect: {error: {retryable: true}, done: false}")
    assert run(expecting, recorded(body, ending="reset")).verdict == "passed"


def test_a_snapshot_is_kept_by_whoever_runs_the_case() -> None:
    kept: dict[str, Any] = {}

    def keep(name: str, events: list[dict[str, Any]]) -> bool:
        return bool(kept.setdefault(name, events) == events)

    trial = replace(TRIAL, keep=keep)
    fields = "prompt: Hi\nsays: {parts: [{type: text, text: WORD}]}\nexpect: {events: {snapshot: a}}"
    for word, verdict in (("Hello", "passed"), ("Hello", "passed"), ("Bye", "failed")):
        result = tried("provider: anthropic\n" + fields.replace("WORD", word), trial)
        assert result.verdict == verdict
    assert [event["type"] for event in kept["a"]] == ["text", "usage", "finish"]


def test_a_call_of_a_tool_nobody_has_is_answered_with_an_error() -> None:
    result = tried(
        "provider: anthropic\nturns:\n"
        "  - {prompt: Hi, says: {parts: [{type: tool_call, name: nobody, arguments: {}}]}}\n"
        "  - {execute_tool_calls: true, expect: {tool_results: [{exception: {$contains: KeyError}}]}}\n"
        "  - {reply: {}, says: {parts: [{type: text, text: Sorry}]}}"
    )
    assert (result.verdict, checks(result)) == ("passed", [])
