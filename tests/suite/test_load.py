"""A suite file to cases: what is written is what is tried."""

from __future__ import annotations

from textwrap import dedent

import pytest

from harness.errors import SpecError
from harness.message.parts import Message, TextPart
from harness.suite.case import Case, Known, ToolSpec
from harness.suite.load import load
from tests.suite import examples
from tests.suite.reading import only_case, pointed, read, suite_of, wrong

SAYS = "prompt: Hi\nsays: {parts: [{type: text, text: Hello}]}\n"
ONE = f"provider: anthropic\n{SAYS}"


def example(text: str) -> dict[str, Case]:
    suite = load(text.encode(), "x.spec.yaml", examples.PROVIDERS)
    return {case.name: case for case in suite.cases}


def test_one_spec_speaks_every_wire() -> None:
    cases = example(examples.ONE_SPEC_EVERY_WIRE)
    assert len(cases) == 8
    case = cases["think-then-call-twice[gemini-whole]"]
    assert (case.provider, case.stream, case.mode) == ("gemini", False, "sync")
    assert case.requires == {"tools", "parallel_tool_calls"}
    assert case.nodeid == "x.spec.yaml::think-then-call-twice[gemini-whole]"
    first, second = case.turns
    assert first.says is not None
    kinds = [part["type"] for part in first.says.parts or ()]
    assert kinds == ["reasoning", "tool_call", "tool_call"]
    assert first.says.usage == {"input": 31, "output": 48, "details": {"reasoning": 12}}
    assert (second.step, second.prompt, second.expect) == ("reply", None, None)


def test_a_simple_case_is_one_prompt() -> None:
    (case,) = example(examples.SIMPLE_TEXT).values()
    assert (case.name, case.label, case.model) == (
        "simple-text",
        "",
        "claude-haiku-4.5",
    )
    assert case.cassette == "cassettes/anthropic/simple-text.yaml"
    (turn,) = case.turns
    assert (turn.step, turn.prompt) == ("prompt", 'Just say "hello"')
    assert turn.expect is not None
    assert turn.expect["usage"] == {"input": 10, "output": 4}


def test_state_goes_through_json_before_a_reply() -> None:
    (case,) = example(examples.REASONING_TOOL_REPLY).values()
    assert [turn.rehydrate for turn in case.turns] == [False, True]
    assert case.options == {"thinking": True}
    (tool,) = case.tools
    assert (tool.name, tool.outputs) == ("people_in", ("123124",))
    assert tool.input_schema["required"] == ["country"]


def test_tools_give_their_outputs_or_raise() -> None:
    (case,) = example(examples.PARALLEL_TOOLS).values()
    gull, tide = case.tools
    assert gull.outputs == ("Ada", "Bo")
    assert tide.raises == ("ValueError", "no such beach")
    assert tide.description is None
    assert case.chunks == ("recorded", "event", "byte")
    assert [turn.step for turn in case.turns] == [
        "prompt",
        "execute_tool_calls",
        "reply",
    ]


def test_server_side_tools_are_kept_as_they_are_declared() -> None:
    (case,) = example(examples.SERVER_SIDE_TOOL).values()
    assert case.server_side_tools == (
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 1},
    )
    assert case.turns[2].prompt == "And tomorrow?"


def test_faults_share_what_the_defaults_say() -> None:
    cases = example(examples.FAULTS)
    assert {case.cassette for case in cases.values()} == {
        "cassettes/anthropic/reasoning.yaml"
    }
    assert {case.turns[0].prompt for case in cases.values()} == {
        "Two names for a pelican"
    }
    eof = cases["eof-without-terminator"]
    assert eof.level == "should"
    assert eof.inject == {"after_events": 4, "fault": "eof"}
    assert eof.xfail is not None
    assert eof.xfail.issue == "https://github.com/example/llm-anthropic/issues/1"
    assert cases["split-utf8"].chunks == ("byte", "random:7")
    assert cases["split-utf8"].xfail is None


def test_a_matrix_with_overrides_and_expected_failures() -> None:
    cases = example(examples.MATRIX)
    assert len(cases) == 14
    assert "one-tool[mistral-whole-sync]" not in cases
    openai = cases["one-tool[openai-stream-sync]"]
    assert openai.options == {"reasoning_effort": "low"}
    assert openai.cassette == "cassettes/openai/one-tool.true.yaml"
    assert list(openai.turns[0].expect or ()) == ["tool_calls", "usage", "parts"]
    gemini = cases["one-tool[gemini-whole-async]"]
    assert gemini.turns[0].expect is not None
    assert gemini.turns[0].expect["tool_calls"][0]["tool_call_id"] == {"$regex": "^tc_"}
    assert gemini.turns[0].expect["usage"] == {
        "input": {"$gt": 0},
        "output": {"$gt": 0},
    }
    assert gemini.xfail is not None
    assert (gemini.xfail.checks, gemini.xfail.until) == (("usage",), "2027-03-01")
    assert cases["one-tool[gemini-stream-async]"].xfail is None
    skipped = cases["one-tool[mistral-stream-async]"].skip
    assert skipped is not None
    assert skipped.reason == "no async model is registered"
    mistral = cases["one-tool[mistral-stream-sync]"]
    assert mistral.requires == {"tools", "parallel_tool_calls"}
    assert mistral.tools[0].outputs == ("2869461",)


def test_what_nobody_says_has_its_usual_value() -> None:
    case = only_case(ONE)
    assert (case.model, case.stream, case.mode) == ("harness-model", True, "sync")
    assert (case.level, case.requires, case.about) == ("must", frozenset(), ())
    assert (case.chunks, case.ignore, case.inject) == ((), (), None)
    assert (case.xfail, case.skip, case.cassette) == (None, None, None)


def test_everything_a_case_can_say_arrives() -> None:
    case = only_case(
        """
        provider: anthropic
        model: m
        stream: false
        mode: async
        description: d
        about: [one, two]
        requires: [async]
        system: Be brief.
        messages:
          - {role: user, parts: [{type: text, text: Before}]}
        prompt: Now
        schema: {type: object, $defs: {a: {$ref: '#/$defs/b'}}}
        match: {ignore: [body.seed]}
        says: {error: {status: 500, message: no}}
        """
    )
    assert (case.model, case.stream, case.mode) == ("m", False, "async")
    assert (case.about, case.ignore) == (("one", "two"), ("body.seed",))
    assert case.schema == {"type": "object", "$defs": {"a": {"$ref": "#/$defs/b"}}}
    (turn,) = case.turns
    assert turn.messages == (Message("user", (TextPart("Before"),)),)
    assert (turn.system, turn.prompt) == ("Be brief.", "Now")
    assert turn.says is not None
    assert (turn.says.parts, turn.says.error) == (
        None,
        {"status": 500, "message": "no"},
    )


def test_one_text_is_enough_for_about() -> None:
    assert only_case(ONE + "about: https://example.org/1").about == (
        "https://example.org/1",
    )


@pytest.mark.parametrize(
    ("output", "text"),
    [("'14'", "14"), ("14", "14"), ("1.5", "1.5"), ("true", "true"), ("''", "")],
)
def test_a_tool_gives_text_whatever_is_written(output: str, text: str) -> None:
    case = f"{ONE}tools: [t]"
    (found,) = read(suite_of(case, f"tools: {{t: {{output: {output}}}}}\n")).cases
    assert found.tools == (
        ToolSpec("t", None, {"type": "object", "properties": {}}, (text,)),
    )


def test_says_without_parts_is_an_empty_answer() -> None:
    says = only_case("provider: anthropic\nprompt: Hi\nsays: {}").turns[0].says
    assert says is not None
    assert (says.parts, says.events, says.error) == ((), None, None)


# ------------------------------------------------------------------ defaults


def test_mappings_merge_and_lists_replace() -> None:
    (case,) = read(
        """
        harness: 1
        suite: s
        defaults:
          provider: anthropic
          requires: [tools]
          options: {a: 1, deep: {b: 2, c: 3}}
          expect: {usage: {input: 1}, text: {$regex: a}}
        cases:
          - id: c
            prompt: Hi
            says: {}
            requires: [usage]
            options: {deep: {b: 9}}
            expect: {usage: {output: 2}, text: {$contains: b}}
        """
    ).cases
    assert case.requires == {"usage"}
    assert case.options == {"a": 1, "deep": {"b": 9, "c": 3}}
    assert case.turns[0].expect is not None
    assert case.turns[0].expect["usage"] == {"input": 1, "output": 2}
    assert case.turns[0].expect["text"] == {"$contains": "b"}


def test_what_a_case_says_itself_displaces_the_default_that_says_it_otherwise() -> None:
    suite = read(
        """
        harness: 1
        suite: s
        defaults:
          matrix: {provider: all, stream: [true, false]}
          cassette: cassettes/x.yaml
          prompt: Hi
        cases:
          - {id: taped}
          - {id: said, provider: anthropic, says: {}}
          - id: turns
            provider: anthropic
            turns: [{prompt: One, says: {}}, {reply: {}, says: {}}]
          - id: fixed
            stream: false
            matrix: {provider: [anthropic]}
        """
    )
    names = [case.name for case in suite.cases]
    assert len([name for name in names if name.startswith("taped[")]) == 6
    assert [case.cassette for case in suite.cases if case.id == "said"] == [None] * 2
    assert names[6:] == [
        "said[stream]",
        "said[whole]",
        "turns[stream]",
        "turns[whole]",
        "fixed[anthropic]",
    ]
    assert suite.cases[-1].stream is False
    assert [turn.prompt for turn in suite.cases[8].turns] == ["One", None]


def test_a_case_that_varies_what_the_defaults_fix() -> None:
    head = "defaults: {provider: anthropic, stream: false}\n"
    case = f"matrix: {{provider: all, stream: [true]}}\n{SAYS}"
    cases = read(suite_of(case, head)).cases
    assert [(case.provider, case.stream) for case in cases] == [
        ("openai-chat", True),
        ("openai-responses", True),
        ("anthropic", True),
    ]


# -------------------------------------------------------------------- matrix


def test_every_matrix_name_stands_in_paths() -> None:
    cases = read(
        suite_of(
            """
            matrix: {provider: [anthropic], model: [A, B], stream: [false], tier: [1, x]}
            cassette: c/${provider}/${model}.${stream}.${mode}.${tier}.yaml
            prompt: Hi
            """
        )
    ).cases
    assert [case.cassette for case in cases] == [
        "c/anthropic/A.false.sync.1.yaml",
        "c/anthropic/A.false.sync.x.yaml",
        "c/anthropic/B.false.sync.1.yaml",
        "c/anthropic/B.false.sync.x.yaml",
    ]
    assert [case.model for case in cases] == ["A", "A", "B", "B"]
    assert cases[0].name == "c[anthropic-A-whole-1]"


def test_an_override_changes_the_model_and_the_path_that_names_it() -> None:
    cases = read(
        suite_of(
            """
            model: small
            matrix: {provider: [anthropic, openai-chat]}
            overrides: [{when: {provider: anthropic}, model: big}]
            cassette: ${model}.yaml
            prompt: Hi
            """
        )
    ).cases
    assert [(case.model, case.cassette) for case in cases] == [
        ("big", "big.yaml"),
        ("small", "small.yaml"),
    ]


def test_a_list_in_when_means_any_of_these() -> None:
    cases = read(
        suite_of(
            """
            matrix: {provider: all, stream: [true, false]}
            says: {}
            prompt: Hi
            overrides:
              - {when: {provider: [anthropic, openai-chat], stream: true}, prompt: Yes}
            """
        )
    ).cases
    assert [case.label for case in cases if case.turns[0].prompt == "Yes"] == [
        "openai-chat-stream",
        "anthropic-stream",
    ]


def test_the_last_override_that_applies_wins() -> None:
    case = only_case(
        ONE + "overrides: [{when: {}, prompt: A}, {when: {mode: sync}, prompt: B}]"
    )
    assert case.turns[0].prompt == "B"


def test_exclude_takes_combinations_out() -> None:
    cases = read(
        suite_of(
            f"""
            matrix:
              provider: all
              stream: [true, false]
              exclude: [{{provider: [anthropic, openai-chat]}}, {{stream: false}}]
            {SAYS.splitlines()[0]}
            {SAYS.splitlines()[1]}
            """
        )
    ).cases
    assert [case.label for case in cases] == ["openai-responses-stream"]


def test_a_wire_that_is_not_built_in_is_tried_where_it_is_named() -> None:
    def tried(matrix: str) -> list[str | None]:
        text = suite_of(f"matrix: {{provider: {matrix}}}\n{SAYS}")
        suite = load(text.encode(), "x", ("anthropic",), others=("anthropic", "acme"))
        return [case.provider for case in suite.cases]

    assert tried("[acme, anthropic]") == ["acme", "anthropic"]
    assert tried("all") == ["anthropic"]
    with pytest.raises(SpecError) as caught:
        tried("[zzz]")
    assert caught.value.problems[0].hint == "known: anthropic, acme"


def test_the_first_xfail_that_applies_is_the_one() -> None:
    case = only_case(
        ONE
        + dedent(
            """
            xfail:
              - {when: {provider: openai-chat}, reason: not this}
              - {when: {provider: anthropic}, reason: this, checks: [text, events.valid]}
              - {reason: nor this}
            """
        )
    )
    assert case.xfail is not None
    assert (case.xfail.reason, case.xfail.checks) == ("this", ("text", "events.valid"))
    assert case.xfail != Known("this")


def test_cases_know_where_they_stand() -> None:
    suite = read(suite_of(ONE).replace("  - id: c", "  - description: d\n    id: c"))
    (case,) = suite.cases
    assert (case.at.line, case.at.column) == (5, 5)
    taped = only_case("provider: anthropic\nprompt: Hi\ncassette: a/b.yaml")
    assert taped.cassette_at is not None
    assert (taped.cassette_at.line, taped.cassette_at.column) == (7, 15)


# ---------------------------------------------------- what makes no sense


SENSE: list[tuple[str, str, str, str, str | None]] = [
    (
        "provider: antropic\n" + SAYS,
        "H103",
        "antropic",
        "no provider named",
        "anthropic",
    ),
    (
        "matrix: {provider: [anthropic, opnai-chat]}\n" + SAYS,
        "H103",
        "opnai-chat",
        "no provider named",
        "openai-chat",
    ),
    (
        f"{ONE}xfail: [{{when: {{provider: zzz}}, reason: r}}]",
        "H103",
        "zzz",
        "no provider named 'zzz'",
        "known: openai-chat, openai-responses, anthropic, gemini",
    ),
    (
        f"{ONE}skip: [{{when: {{provider: [anthropc]}}, reason: r}}]",
        "H103",
        "anthropc",
        "no provider named",
        "anthropic",
    ),
    (
        f"{ONE}overrides: [{{when: {{streem: true}}}}]",
        "H101",
        "streem",
        "never applies",
        "stream",
    ),
    (
        f"matrix: {{provider: all, steam: [true]}}\n{SAYS}",
        "H101",
        "steam",
        "nothing depends on 'steam'",
        "stream",
    ),
    (
        f"matrix: {{provider: all, tier: [1]}}\n{SAYS}",
        "H101",
        "tier",
        "nothing depends on 'tier'",
        "${tier} in cassette",
    ),
    (SAYS, "H107", "id", "'provider' is missing", "add provider: NAME"),
    (
        "provider: anthropic\nprompt: Hi",
        "H107",
        "id",
        "nothing says what",
        "add cassette",
    ),
    (
        "provider: anthropic\nsays: {}",
        "H107",
        "id",
        "nothing is asked",
        "one of prompt",
    ),
    (
        f"{ONE}cassette: a.yaml",
        "H108",
        "says",
        "both a cassette and says",
        None,
    ),
    (
        f"{ONE}matrix: {{provider: all}}",
        "H108",
        "provider",
        "stands in the matrix too",
        None,
    ),
    (
        "provider: anthropic\nturns: [{prompt: Hi, says: {}}]\nexpect: {text: a}",
        "H108",
        "expect",
        "'expect' stands beside turns",
        "put it into the turn",
    ),
    (
        "provider: anthropic\nturns: [{reply: {}, says: {}}]",
        "H108",
        "reply",
        "no answer yet",
        "begin with prompt",
    ),
    (
        "provider: anthropic\ncassette: a\nturns: [{execute_tool_calls: true}]",
        "H108",
        "execute_tool_calls",
        "no answer yet",
        "begin with prompt",
    ),
    (
        "provider: anthropic\ncassette: a\nturns: [{prompt: Hi}, {reply: {}, prompt: Yo}]",
        "H108",
        "prompt",
        "does not go with reply",
        "reply: {prompt: ...}",
    ),
    (
        "provider: anthropic\nturns: [{prompt: Hi, says: {}}, "
        "{execute_tool_calls: true, says: {}}]",
        "H108",
        "says",
        "does not go with execute_tool_calls",
        None,
    ),
    (
        "provider: anthropic\nturns: [{prompt: Hi, says: {}}, {reply: {}}]",
        "H107",
        "reply",
        "nothing says what the wire said in this turn",
        "add says",
    ),
    (
        "provider: anthropic\nprompt: Hi\nsays: {parts: [], events: []}",
        "H108",
        "events",
        "both parts and events",
        None,
    ),
    (f"{ONE}tools: [t]", "H103", "t", "no tool named 't'", "declare it under tools:"),
    (
        "provider: anthropic\nprompt: Hi\ncassette: a/${strem}.yaml",
        "H109",
        "a/${strem}.yaml",
        "unknown variable ${strem}",
        "stream",
    ),
    (
        "matrix: {provider: [anthropic], exclude: [{stream: true}]}\n" + SAYS,
        "H103",
        "matrix",
        "nothing is tried",
        None,
    ),
    (
        "matrix: {provider: [anthropic, anthropic]}\n" + SAYS,
        "H112",
        "id",
        "duplicate id 'c[anthropic]', already on line 4",
        "unique",
    ),
]


@pytest.mark.parametrize(
    ("case", "code", "piece", "said", "hint"), SENSE, ids=lambda v: str(v)[-30:]
)
def test_what_makes_no_sense_is_placed(
    case: str, code: str, piece: str, said: str, hint: str | None
) -> None:
    text = suite_of(case)
    (problem,) = wrong(text)
    assert problem.code == code
    assert said in problem.message
    assert (hint or "") in (problem.hint or "")
    assert pointed(text, problem) == piece


def test_duplicate_ids_are_an_error_on_the_second_one() -> None:
    case = "  - {id: c, provider: anthropic, prompt: Hi, says: {}}\n"
    (problem,) = wrong(f"harness: 1\nsuite: s\ncases:\n{case}{case}")
    assert (problem.code, problem.place.line, problem.place.column) == ("H112", 5, 6)
    assert problem.message == "duplicate id 'c', already on line 4"


def test_all_of_a_files_errors_come_at_once_and_each_of_them_once() -> None:
    text = suite_of(
        "matrix: {provider: all, stream: [true, false]}\n"
        "tools: [a, b]\nprompt: Hi\nsays: {}\ncassette: ${no}.yaml"
    )
    found = [problem.message for problem in wrong(text)]
    assert found == [
        "both a cassette and says: one of them says what the wire said",
        "unknown variable ${no}",
        "no tool named 'a' in this suite",
        "no tool named 'b' in this suite",
    ]


def test_a_name_of_a_matrix_may_be_asked_for_in_another_case() -> None:
    suite = read(
        """
        harness: 1
        suite: s
        defaults:
          provider: anthropic
          overrides: [{when: {tier: [a]}, model: big}]
        cases:
          - {id: one, prompt: Hi, says: {}}
          - {id: two, prompt: Hi, says: {}, matrix: {tier: [a, b]}}
        """
    )
    assert [case.model for case in suite.cases] == [
        "harness-model",
        "big",
        "harness-model",
    ]
