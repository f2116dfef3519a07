"""Assembly against llm's own results, and the ways back."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from harness.errors import EventError
from harness.message.assemble import assemble, disassemble, merge
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.message.parts import Message, TextPart, ToolCallPart
from harness.message.place import resolve
from tests.message.regenerate import results

DOCUMENT = json.loads(
    (Path(__file__).parent / "assembly-cases.json").read_text("utf-8")
)
CASES = DOCUMENT["cases"]


def ours(case: dict[str, Any]) -> dict[str, Any]:
    events = [StreamEvent(**e) if isinstance(e, dict) else e for e in case["events"]]
    added = [ToolCallPart(**call) for call in case.get("add_tool_call", ())]
    try:
        messages = [message.to_dict() for message in assemble(events, added)]
        indexes = [event.part_index for event in resolve(events)]
    except EventError as error:
        return {"error": {"type": "ValueError", "message": str(error)}}
    except TypeError as error:
        return {"error": {"type": "TypeError", "message": str(error)}}
    # Through JSON text, where two halves of a surrogate pair are one character.
    return {"part_index": indexes, "messages": json.loads(json.dumps(messages))}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_events_assemble_as_in_llm_or_the_case_says_why_not(
    case: dict[str, Any],
) -> None:
    wanted = {k: case[k] for k in ("part_index", "messages", "error") if k in case}
    if "differs" in case:
        assert case["ours"] != wanted
        wanted = case["ours"]
    assert ours(case) == wanted


def test_there_are_sixty_six_cases_and_a_reason_for_each_difference() -> None:
    assert len(CASES) == 66
    assert all(len(c["differs"]) > 20 for c in CASES if "differs" in c)


@pytest.mark.skipif(
    version("llm") != DOCUMENT["llm"],
    reason=f"results are of llm {DOCUMENT['llm']}: run tests.message.regenerate",
)
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_the_results_on_file_are_what_the_installed_llm_gives(
    case: dict[str, Any],
) -> None:
    kept = ("text", "part_index", "messages", "error")
    assert results(case) == {k: case[k] for k in kept if k in case}


def test_control_events_have_no_place_in_a_message() -> None:
    events: list[Event] = [
        StreamEvent("text", "a"),
        Usage(1, 2),
        StreamEvent("text", "b"),
        Finish("stop"),
    ]
    assert assemble(events) == [Message("assistant", (TextPart("ab"),))]


def test_a_failed_tool_result_keeps_its_exception_and_attachments() -> None:
    messages = assemble(
        [StreamEvent("tool_result", "x", exception="E: no", tool_name="t")]
    )
    assert list(assemble(disassemble(messages))) == messages
    assert messages[0].to_dict()["parts"][0]["exception"] == "E: no"  # type: ignore[typeddict-item]  # a tool result has it


def test_metadata_merges_deeply_and_lists_are_replaced() -> None:
    merged = merge({"p": {"a": 1, "l": [1]}, "q": 1}, {"p": {"b": 2, "l": [2]}})
    assert merged == {"p": {"a": 1, "b": 2, "l": [2]}, "q": 1}


def test_merging_leaves_both_sides_as_they_were() -> None:
    one, other = {"p": {"a": 1}}, {"p": {"b": 2}}
    merge(one, other)
    assert (one, other) == ({"p": {"a": 1}}, {"p": {"b": 2}})


def test_a_character_whose_halves_came_apart_is_one_again() -> None:
    events = [StreamEvent("text", chunk, 0) for chunk in ("a\ud83e", "\udda9b\ud83e")]
    (message,) = assemble(events)
    assert message.parts == (TextPart("a🦩b\ud83e"),)
