"""Snapshots: of a case's events by name, and of answers in tests written by hand."""

from __future__ import annotations

from collections.abc import Iterator

import llm
import llm.parts
import pytest

from harness import get_model
from harness.message.events import Finish, StreamEvent
from harness.message.normal import normal
from harness.message.parts import Message, TextPart, ToolCallPart
from harness.pytest_plugin.fixtures.kept import as_data
from harness.pytest_plugin.fixtures.mock import Mocks
from harness.pytest_plugin.readable import readable
from tests.cli.conftest import hello
from tests.pytest_plugin.conftest import Pytest

pytest_plugins = ["pytester"]

SNAP = "expect: {events: {snapshot: greeting}}"


def test_events_are_kept_under_a_name_and_held_against_it(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    project(core=hello("c", SNAP)).assert_outcomes(passed=1)
    kept = pytester.path / "specs/snapshots/greeting.yaml"
    assert kept.read_text("utf-8").startswith(
        "- {type: text, chunk: Hello, part_index: 0}\n"
    )
    project().assert_outcomes(passed=1)
    changed = hello("c", SNAP, "Goodbye")
    result = project(core=changed)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "specs/core.spec.yaml:*: error[[]events]: not as in snapshot 'greeting'",
            "  --- snapshots/greeting.yaml",
            "  -- {type: text, chunk: Hello, part_index: 0}",
            "  +- {type: text, chunk: Goodbye, part_index: 0}",
            "  to accept what is found: pytest --harness-update",
        ]
    )
    project("--harness-update").assert_outcomes(passed=1)
    assert "Goodbye" in kept.read_text("utf-8")
    project().assert_outcomes(passed=1)


def test_nothing_is_kept_in_ci(
    project: Pytest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    result = project(core=hello("c", SNAP))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  snapshots/greeting.yaml does not exist: *"])


def test_cases_that_share_a_snapshot_must_agree(project: Pytest) -> None:
    cases = hello("a", SNAP) + hello("b", SNAP, "Goodbye")
    project("--harness-update", core=cases).assert_outcomes(passed=1, failed=1)


def test_a_snapshot_that_no_case_has_is_told(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    told = "harness: no case has the snapshot specs/snapshots/greeting.yaml"
    first = project("-p", "no:randomly", core=hello("c", SNAP), other=hello("d"))
    first.stdout.no_fnmatch_line("harness: no case*")
    project(core=hello("c"), other=hello("d")).stdout.fnmatch_lines([told])
    project("specs/other.spec.yaml").stdout.no_fnmatch_line(told)
    project("-n", "2").stdout.fnmatch_lines([told])


SIGNATURE = "x" * 300
EVENTS = [
    StreamEvent(
        "reasoning", "Hm", 0, provider_metadata={"anthropic": {"signature": SIGNATURE}}
    ),
    StreamEvent("tool_call_name", "add", 1, "toolu_9a"),
    StreamEvent("tool_call_args", '{"a": 1}', 1, "toolu_9a"),
    StreamEvent(
        "tool_call_name",
        "add",
        2,
        "toolu_7b",
        provider_metadata={"openai": {"id": "fc_1", "created_at": 7}},
    ),
]
NORMAL = """\
- type: reasoning
  chunk: Hm
  part_index: 0
  provider_metadata:
    anthropic: {signature: 'xxxxxxxx… (300 characters, sha256 f2c1ce8c)'}
- {type: tool_call_name, chunk: add, part_index: 1, tool_call_id: call_1}
- {type: tool_call_args, chunk: '{"a": 1}', part_index: 1, tool_call_id: call_1}
- type: tool_call_name
  chunk: add
  part_index: 2
  tool_call_id: call_2
  provider_metadata:
    openai: {id: id_1}
"""


def test_what_is_made_up_anew_is_made_normal() -> None:
    text = readable(normal(as_data(EVENTS)))
    assert text == NORMAL.replace("f2c1ce8c", text.partition("sha256 ")[2][:8])


def test_what_a_model_says_is_never_touched() -> None:
    long = "y" * 300
    said = [
        {"type": "tool_call", "arguments": {"id": long, "created_at": 1}},
        {"text": long},
    ]
    assert normal(said) == said


def test_texts_of_several_lines_are_written_as_such() -> None:
    assert readable([{"text": "a\nb"}]) == "- text: |-\n    a\n    b\n"


class Answered:
    """A response, as llm's are."""

    def messages(self) -> list[Message]:
        return [
            Message("assistant", (TextPart("Hi"), ToolCallPart("f", {"a": 1}, "c9")))
        ]


class Streamed:
    """A response that has nothing but events."""

    def stream_events(self) -> list[object]:
        return [llm.parts.StreamEvent(type="text", chunk="Hi", part_index=0)]


def test_whatever_has_messages_or_events_is_told_as_data() -> None:
    [message] = as_data(Answered())
    assert [part["type"] for part in message["parts"]] == ["text", "tool_call"]
    assert normal(as_data(Streamed())) == [
        {"type": "text", "chunk": "Hi", "part_index": 0}
    ]
    assert as_data([llm.parts.TextPart("x")]) == [{"type": "text", "text": "x"}]
    assert as_data([Finish("stop")]) == [{"type": "finish", "reason": "stop"}]
    assert as_data(event for event in EVENTS[:1])[0]["chunk"] == "Hm"
    with pytest.raises(
        TypeError, match="object is no response, message, part or event"
    ):
        as_data(object())


class Awaited:
    async def messages(self) -> list[Message]:
        return []


def test_what_is_to_be_awaited_is_refused() -> None:
    with pytest.raises(TypeError, match=r"await response\.messages"):
        as_data(Awaited())


def test_an_answer_is_kept_in_a_file_for_each_test(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    test = (
        "from harness import Message, TextPart, ToolCallPart\n"
        "def said(id): return [Message('assistant', (TextPart('Hi'), ToolCallPart('f', {{}}, id)))]\n"
        "def test_s(harness_snapshot):\n    assert said('{}') == harness_snapshot\n"
    )
    pytester.makepyfile(test_s=test.format("c1"))
    project("test_s.py", "--snapshot-update").assert_outcomes(passed=1)
    [kept] = pytester.path.rglob("test_s.yaml")
    assert kept.parent.name == "test_s"
    assert "tool_call_id: call_1" in kept.read_text("utf-8")
    pytester.makepyfile(test_s=test.format("c2"))
    project("test_s.py").assert_outcomes(passed=1)
    pytester.makepyfile(test_s=test.format("c2").replace("Hi", "Bye"))
    result = project("test_s.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*text: Bye*"])


def test_updating_syrupys_snapshots_leaves_those_of_cases_alone(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    project(core=hello("c", SNAP))
    project("--snapshot-update").assert_outcomes(passed=1)
    assert (pytester.path / "specs/snapshots/greeting.yaml").exists()


def test_responses_of_ours_and_of_llm_are_told_alike() -> None:
    mocks = Mocks()
    said = {"parts": [{"type": "text", "text": "Hi"}]}
    served = mocks("anthropic", [said, said])
    model = get_model("anthropic/m", key="k", base_url=served.base_url)
    ours = as_data(model.prompt("Hello"))
    assert ours == [{"role": "assistant", "parts": [{"type": "text", "text": "Hi"}]}]

    class Echo(llm.Model):
        model_id = "echo"

        def execute(self, *_: object, **__: object) -> Iterator[str]:
            yield "Hi"

    assert as_data(Echo().prompt("Hello")) == ours
    assert mocks.close() == []
