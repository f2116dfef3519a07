"""Reports: every character a person sees, and every line a machine reads."""

from __future__ import annotations

import json
from dataclasses import replace
from textwrap import dedent

import pytest

from harness.errors import Place, Problem
from harness.message.events import (
    Error,
    Event,
    Finish,
    StreamEvent,
    Unknown,
    Usage,
)
from harness.message.parts import Attachment
from harness.run import report
from harness.run.runner import Result
from harness.suite.checks import Failure
from tests.run.trying import HELLO, TRIAL, tried, tried_all
from tests.suite.reading import only_case


def printed(result: Result) -> str:
    return "\n".join(report.failure(result))


def coloured(text: str, colour: str) -> str:
    return f"<{colour}>{text}</{colour}>"


SUITE = """\
    harness: 1
    suite: s
    cases:
      - id: tool-call
        about: https://example.org/issues/1
        matrix: {provider: [anthropic]}
        prompt: A name for a gull?
        says:
          parts:
            - {type: tool_call, name: gull, arguments: {kind: 東京, big: [1, 2]}, tool_call_id: c1}
            - {type: text, text: ' '}
        expect:
          parts:
            - type: tool_call
              arguments: {kind: 東京, big: [1, 3]}
          text: {$regex: '^H'}
"""

PRINTED = """\
FAIL specs/x.spec.yaml::tool-call[anthropic]   reference   8 events, 2 parts

specs/x.spec.yaml:15:42: error[parts]: parts[0].arguments.big[1]: wanted 3, found 2
   13 |       parts:
   14 |         - type: tool_call
   15 |           arguments: {kind: 東京, big: [1, 3]}
      |                                            ^

specs/x.spec.yaml:14:11: error[parts]: parts[1]: one too many: {"type": "text", "text": " "}
   12 |     expect:
   13 |       parts:
   14 |         - type: tool_call
      |           ^ should end after this one
  parts
  > [0] {"type": "tool_call", "name": "gull", "arguments": {"kind": "東京", "big": [1, 2]}, "tool_call_id": "c1"}
  + [1] {"type": "text", "text": " "}

specs/x.spec.yaml:16:13: error[text]: text: wanted text that matches /^H/, found " "
   14 |         - type: tool_call
   15 |           arguments: {kind: 東京, big: [1, 3]}
   16 |       text: {$regex: '^H'}
      |             ^

  about   https://example.org/issues/1
  again   harness run 'specs/x.spec.yaml::tool-call[anthropic]' -vv
"""


def test_a_failure_is_printed_so_that_a_person_can_read_it() -> None:
    (result,) = tried_all(dedent(SUITE)).values()
    assert printed(result) == PRINTED


def test_a_difference_shows_both_sides() -> None:
    case = only_case(HELLO)
    lines = ("- one", "+ other", "- [0] 1", "+ [0] 2", "  [1] 3")
    result = Result(case, "a", "failed", (Failure("x.y", "differs", lines=lines),))
    text = "\n".join(report.failure(result, coloured))
    assert "<red>FAIL</red> specs/x.spec.yaml::c   a\n" in text
    assert "specs/x.spec.yaml:4:5: <red>error</red>[x.y]: differs\n" in text
    assert "    4 |   - id: c\n" in text
    assert "  <red>- [0] 1</red>\n  <green>+ [0] 2</green>\n    [1] 3\n" in text


def test_an_unexpected_pass_points_at_its_xfail() -> None:
    text = printed(
        tried(HELLO + "xfail: [{reason: was wrong, issue: 'https://e.org/2'}]")
    )
    assert text.startswith("UNEXPECTED PASS specs/x.spec.yaml::c   reference   ")
    assert (
        "specs/x.spec.yaml:8:14: error[xfail]: listed as xfail, but it passed: was wrong\n"
        "    8 |     xfail: [{reason: was wrong, issue: 'https://e.org/2'}]\n"
        "      |              ^^^^^^ remove the xfail entry\n"
    ) in text
    assert "  issue   https://e.org/2\n" in text


def test_a_broken_case_says_what_it_broke_on() -> None:
    text = printed(tried(HELLO + "inject: {fault: reset, request: 3}"))
    assert text.startswith("BROKEN specs/x.spec.yaml::c   reference\n")
    assert "error[broken]: could not be tried: inject: there is no answer 3" in text


def test_an_excuse_that_ended_is_told() -> None:
    fields = "expect: {text: x}\nxfail: [{reason: r, until: 2026-01-01}]"
    text = printed(tried(HELLO + fields, replace(TRIAL, today="2026-01-02")))
    assert "\n  excused until 2026-01-01, not any more: r\n" in text


def test_warnings_and_known_failures_are_shown_in_yellow() -> None:
    warned = tried(HELLO + "level: should\nexpect: {text: x}")
    assert "<yellow>WARN</yellow>" in next(report.failure(warned, coloured))
    assert "<yellow>warning</yellow>[text]" in "\n".join(
        report.failure(warned, coloured)
    )
    known = tried(HELLO + "expect: {text: x}\nxfail: [{reason: r}]")
    assert "<yellow>KNOWN</yellow>" in next(report.failure(known, coloured))


# -------------------------------------------------------------------- problems


def shown(problem: Problem) -> list[str]:
    return list(report.problem(problem))


def test_a_problem_without_its_line_has_its_hint_below() -> None:
    problem = Problem(Place("f", 2, 3), "H1", "no", "do this")
    assert shown(problem) == ["f:2:3: error[H1]: no", "  do this"]
    assert shown(Problem(Place("f"), "H1", "no")) == ["f:1:1: error[H1]: no"]


@pytest.mark.parametrize(
    ("excerpt", "column", "length", "caret"),
    [
        ("abc", 1, 1, "^"),
        ("abc", 3, 1, "  ^"),
        ("a\tbc", 3, 2, "  ^^"),
        ("東京: x", 5, 1, "      ^"),
        ("東京: x", 1, 2, "^^^^"),
        ("🦩 x", 3, 1, "   ^"),
        ("e\u0301 x", 4, 1, "  ^"),
        ("é x", 3, 1, "  ^"),
        ("abc", 4, 1, "   ^"),
        ("abc", 2, 99, " ^^"),
    ],
)
def test_a_caret_counts_the_columns_of_a_terminal(
    excerpt: str, column: int, length: int, caret: str
) -> None:
    line = shown(Problem(Place("f", 1, column), "H1", "no", None, length, excerpt))[2]
    assert line.removeprefix("      | ") == caret


def test_a_very_long_line_is_shown_where_it_matters() -> None:
    excerpt = "x" * 5000 + "HERE" + "y" * 5000
    problem = Problem(Place("f", 7, 5001), "H1", "no", "hint", 4, excerpt)
    _, line, caret = shown(problem)
    assert len(line) < 140
    start = line.index("HERE")
    assert caret[start : start + 4] == "^^^^"
    assert line.startswith("    7 | …")
    assert caret.endswith("^ hint")


def test_control_characters_are_shown_and_never_obeyed() -> None:
    excerpt = "a\x1b[31mb\x00\x07\x7f\x9b\r"
    problem = Problem(Place("f", 1, 1), "H1", "bad \x1b[2J", None, 1, excerpt)
    text = "\n".join(shown(problem))
    assert "a␛[31mb␀␇␡\ufffd␍" in text
    assert "bad ␛[2J" in text
    assert all(c.isprintable() or c == "\n" for c in text)
    assert report.shown("👩\u200d👧") == "👩\u200d👧"


def test_lines_before_it_are_numbered() -> None:
    problem = Problem(Place("f", 10, 1), "H1", "no", None, 1, "c")
    assert list(report.problem(problem, before=["a", ""]))[1:4] == [
        "    8 | a",
        "    9 |",
        "   10 | c",
    ]


# --------------------------------------------------------------------- summary


def totals(*cases: str) -> report.Totals:
    return report.Totals(tuple(tried(HELLO + fields) for fields in cases), 1.234)


def test_the_summary_counts_every_verdict() -> None:
    found = totals(
        "",
        "expect: {text: x}",
        "expect: {text: x}\nxfail: [{reason: r}]",
        "xfail: [{reason: r}]",
        "xfail: [{reason: r}]",
        "skip: [{reason: r}]",
        "inject: {fault: reset, request: 3}",
    )
    assert found.bad
    line, *rest = report.summary(found, ("recorded", "byte"), coloured)
    assert line.startswith(
        "<red>1 failed, 1 broken, 2 unexpected passes, 1 passed, 1 expected failure, "
        "1 skipped in 1.23s</red>   "
    )
    assert line.endswith("replays (recorded, byte)")
    assert rest == []


def test_the_summary_of_a_good_run_is_green_and_tells_of_warnings() -> None:
    found = totals("", "level: should\nexpect: {text: x}")
    assert not found.bad
    line, warned = report.summary(found, (), coloured)
    assert line.startswith("<green>2 passed in 1.23s</green>")
    assert warned == "1 with warnings (level should): -v shows them"


def test_what_nobody_verified_is_said() -> None:
    results = totals(
        "requires: [tools]", "requires: [usage]\nskip: [{reason: r}]"
    ).results
    (line,) = report.unverified(results, ["tools", "usage", "schema"])
    assert line.startswith("not verified: schema, usage (declared")
    assert list(report.unverified(results, ["tools"])) == []


def test_reasons_are_given_once_with_how_many() -> None:
    results = totals(
        "skip: [{reason: later}]",
        "skip: [{reason: later}]",
        "expect: {text: x}\nxfail: [{reason: r}]",
        "",
    ).results
    assert list(report.reasons(results)) == [
        "   2 skipped: later",
        "   1 expected failure: r",
        "",
    ]
    assert list(report.reasons(totals("").results)) == []


def test_a_file_has_a_sign_for_every_case() -> None:
    results = totals("", "expect: {text: x}", "skip: [{reason: r}]").results
    assert report.file_line("a.spec.yaml", results, 13) == "a.spec.yaml    .Fs  3"
    assert len(set(report.SIGNS.values())) == len(report.SIGNS)


def test_a_trace_shows_what_was_sent_and_what_came() -> None:
    first, body, *events = report.trace(tried(HELLO))
    assert first == "  turn 1: POST https://api.anthropic.com/v1/messages"
    assert json.loads(body)["messages"][0]["role"] == "user"
    assert events[0] == "      0 text             0  'Hello'"
    assert events[-1] == ""
    assert list(report.trace(tried(HELLO + "skip: [{reason: r}]"))) == []


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (StreamEvent("text", "é\n", 1), "text             1  'é\\n'"),
        (
            StreamEvent("tool_call_name", "t", 2, "c1", True),
            "tool_call_name   2  't'  tool_call_id=c1  server_executed",
        ),
        (
            StreamEvent(
                "reasoning", "", 0, redacted=True, provider_metadata={"a": "é"}
            ),
            'reasoning        0  \'\'  redacted  {"a": "é"}',
        ),
        (
            StreamEvent("attachment", "", 0, attachments=(Attachment("image/png"),)),
            "attachment       0  ''  attachments=['image/png']",
        ),
        (Usage(1, 2), "usage          Usage(input=1, output=2, details={})"),
        (Unknown("ping"), "unknown        Unknown(tag='ping', data=None)"),
    ],
)
def test_an_event_is_one_line(event: Event, line: str) -> None:
    assert report.event_line(event) == line


def test_every_kind_of_event_has_a_line() -> None:
    for event in (Finish("stop"), Error("no")):
        assert report.event_line(event).startswith(event.type)


# ------------------------------------------------------------------------ JSON


def test_every_result_is_a_line_of_json() -> None:
    (result,) = tried_all(dedent(SUITE)).values()
    line = report.as_json(result)
    assert "\n" not in line
    data = json.loads(line)
    assert data["type"] == "case"
    assert data["id"] == "specs/x.spec.yaml::tool-call[anthropic]"
    assert (data["verdict"], data["level"], data["provider"]) == (
        "failed",
        "must",
        "anthropic",
    )
    assert (data["file"], data["line"], data["column"]) == ("specs/x.spec.yaml", 4, 5)
    assert [f["check"] for f in data["failures"]] == ["parts", "parts", "text"]
    assert data["failures"][1]["hint"] == "should end after this one"
    assert data["failures"][1]["details"][0] == "parts"
    assert "reason" not in data


def test_the_last_line_of_json_is_the_summary() -> None:
    data = json.loads(report.summary_json(totals("", "skip: [{reason: r}]"), "a", "1"))
    assert (data["type"], data["adapter"], data["adapter_version"]) == (
        "summary",
        "a",
        "1",
    )
    assert (data["counts"]["passed"], data["counts"]["skipped"]) == (1, 1)
    assert data["counts"].keys() == report.WORDS.keys()
    assert "events.valid" in data["check_ids"]


def test_every_verdict_has_its_sign_and_its_word() -> None:
    assert report.SIGNS.keys() == report.WORDS.keys()
    assert set(report.SIGNS) >= report.BAD
