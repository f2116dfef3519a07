"""The bench runs and compares like with like; how fast, is for its own run to say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.message.events import StreamEvent
from harness.providers._square import hear
from harness.store import Store
from tests.bench import (
    around,
    hearing,
    million,
    overhead,
    plot,
    replaying,
    sdks,
    starting,
    store,
    streams,
)
from tests.bench.rows import Aim, as_json, compare, table

SMALL = [*streams.synthesised(50), *streams.recorded()]


def name_of(stream: streams.Stream) -> str:
    return f"{stream.provider.name}, {stream.name}"


@pytest.mark.parametrize("stream", SMALL, ids=name_of)
def test_the_sdk_hears_the_same_words_that_we_time(stream: streams.Stream) -> None:
    events = hear(stream.provider, 200, stream.headers, [stream.body])
    ours = [e.chunk for e in events if isinstance(e, StreamEvent) and e.type == "text"]
    words = WORDS[stream.provider.name]
    theirs = "".join(words(event) or "" for event in sdks.opener(stream)())
    assert theirs == "".join(ours) != ""


def test_hearing_gives_a_row_against_the_sdk_and_one_against_json() -> None:
    rows = list(hearing.measure(SMALL[:3], rounds=1, bytes_a_round=1))
    assert len(rows) == 6
    assert [row.aim for row in rows[:2]] == [Aim(5, True), Aim(3, False)]
    assert all(row.ours > 0 and row.theirs > 0 for row in rows)


def test_around_an_adapter_what_is_ours_is_a_part_of_the_whole() -> None:
    rows = list(around.measure(rounds=1, most=1))
    assert [row.against for row in rows] == [*around.ADAPTERS]
    assert all(0 < row.ours < row.theirs for row in rows)
    assert str(rows[0].aim) == "≤ 0.1× or 2 ms"


@pytest.mark.long  # starts pytest and both SDKs twice
def test_replaying_gives_a_row_for_the_run_and_one_for_a_replay(tmp_path: Path) -> None:
    sizes = replaying.Sizes(cases=(1, 3), tests=(1, 3))
    rows = list(replaying.measure(tmp_path, 1, sizes, ["session"]))
    assert [row.unit for row in rows] == ["s", "ms"]
    assert all(row.against == replaying.SCOPES["session"] for row in rows)


def test_a_suite_to_replay_names_each_of_its_cases_once() -> None:
    cases = replaying.suite(30)["cases"]
    assert len({case["id"] for case in cases}) == 30
    assert {p for c in cases for p in c["matrix"]["provider"]} == {*streams.TAPED}


@pytest.mark.long  # starts a process of ours and one of theirs for every command
def test_starting_gives_a_row_a_command(tmp_path: Path) -> None:
    rows = list(starting.measure(tmp_path, rounds=1))
    assert [row.what for row in rows] == [f"harness {c}" for c in starting.COMMANDS]


def test_overhead_gives_a_row_for_each_kind_of_stream_and_one_awaited() -> None:
    rows = list(overhead.measure(rounds=1, events=60))
    kinds = [f"60 events, {what}" for what in (*overhead.SCRIPTS, "text, awaited")]
    assert [row.what for row in rows] == kinds
    assert all(row.ours > 0 and row.theirs > 0 for row in rows)
    assert {row.aim for row in rows} == {overhead.AIM}


def test_a_stream_that_is_not_kept_takes_no_memory() -> None:
    assert overhead.growth(8) < overhead.MEGABYTE


def test_the_store_gives_rows_of_time_and_of_size(tmp_path: Path) -> None:
    rows = list(store.measure(tmp_path, turns=4))
    assert [row.unit for row in rows] == ["ms"] * 4 + ["kB"] * 2
    assert all(row.ours > 0 and row.theirs > 0 for row in rows)
    assert as_json(rows[-1])["ours_bytes"] == (tmp_path / "whole.db").stat().st_size


def test_the_same_turns_are_in_both_stores(tmp_path: Path) -> None:
    sides = store.Sides(tmp_path)
    lengths = [row[0] for row in sides.talk(3)]
    sides.close()
    assert lengths == [2, 4, 6]
    for name in ("whole.db", "said.db"):
        with Store(tmp_path / name) as ours:
            theirs = ours.import_llm(tmp_path / "llm.db")
            assert (theirs.messages, theirs.turns, theirs.skipped) == (0, 3, ())


def test_a_curve_has_a_time_for_each_length_and_is_drawn(tmp_path: Path) -> None:
    found = store.curve(tmp_path, [2, 4], rounds=1)
    assert {name: len(times) for name, times in found.items()} == {
        "whole": 2,
        "said": 2,
    }
    drawn = "".join(plot.drawn({name: [0.001] * len(plot.LENGTHS) for name in found}))
    assert drawn.count("<polyline") == 2


def test_a_large_store_is_asked_at_any_size(tmp_path: Path) -> None:
    found = million.measure(str(tmp_path / "m.db"), talks=20)
    assert (found["messages"], found["flaws"]) == (400, 0)
    assert found["export, lines"] == 1 + 400 + 2000 + 2 * 20


def test_a_ratio_is_that_of_neighbours_whatever_the_machine_did_meanwhile() -> None:
    row = compare(("m", "w", "a"), [1, 100, 3], [5, 500, 15], Aim(5, faster=True))
    assert (row.ratio, row.spread, row.met) == (5, (5, 5), True)
    row = compare(("m", "w", "a"), [5, 500, 15], [1, 100, 3], Aim(4, faster=False))
    assert (row.ratio, row.met) == (5, False)


def test_a_table_is_markdown_and_json_has_the_same_ratio() -> None:
    row = compare(("m", "w", "a"), [0.002], [0.01], Aim(5, faster=True))
    head, rule, line = table([row])
    assert len(head) == len(rule) == len(line)
    assert [cell.strip() for cell in line.strip("|").split("|")] == [
        *("m", "w", "a", "2.00 ms", "10.00 ms", "5.00×", "≥ 5×", "yes")
    ]
    assert as_json(row)["ratio"] == 5


WORDS: dict[str, Callable[[Any], str | None]] = {
    "openai-chat": lambda e: e.choices[0].delta.content if e.choices else None,
    "openai-responses": lambda e: (
        e.delta if e.type == "response.output_text.delta" else None
    ),
    "anthropic": lambda e: (
        e.delta.text
        if e.type == "content_block_delta" and e.delta.type == "text_delta"
        else None
    ),
    "gemini": lambda e: None if e.candidates[0].content.parts is None else e.text,
    "gemini-interactions": lambda e: (
        e.delta.text
        if e.event_type == "step.delta" and e.delta.type == "text"
        else None
    ),
    "ollama": lambda e: e.message.content,
    "cohere": lambda e: (
        e.delta.message.content.text if e.type == "content-delta" else None
    ),
    "bedrock": lambda e: e.get("contentBlockDelta", {}).get("delta", {}).get("text"),
    "mistral": lambda e: _words(e.data.choices[0].delta.content),
    "groq": lambda e: e.choices[0].delta.content if e.choices else None,
    "openrouter": lambda e: e.choices[0].delta.content if e.choices else None,
}


def _words(content: Any) -> str:
    return content if isinstance(content, str) else ""
