"""``validate``, ``list``, ``show`` and the command that has no name."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.cli.show import fold
from harness.shell.files import save_tape
from harness.wire.http import Request, Response
from tests.cli.conftest import TAPED, Harness, hello, record, suite, tape, write


def test_help_names_every_command(harness: Harness) -> None:
    for arguments in (["--help"], ["-h"]):
        done = harness(*arguments)
        assert (done.code, done.err) == (0, "")
        for name in ("run", "validate", "list", "show"):
            assert f"\n  {name} " in done.out


def test_no_command_at_all_is_a_mistake_that_shows_the_help(harness: Harness) -> None:
    done = harness()
    assert (done.code, done.out) == (2, "")
    assert "Commands:" in done.err


def test_the_version_is_told(harness: Harness) -> None:
    assert harness("--version").out == "harness, version 0.1.0\n"


def test_validate_counts_what_is_valid(harness: Harness, project: Path) -> None:
    record(project)
    write(project, suite(TAPED, hello("d", "matrix: {stream: [true, false]}")))
    for command in ("validate", "lint"):
        done = harness(command)
        assert (done.code, done.err) == (0, "")
        assert done.out == "1 suite, 3 cases, 1 recording: all valid\n"


def test_list_says_what_there_is_and_what_would_not_be_tried(
    harness: Harness, project: Path
) -> None:
    write(
        project,
        suite(
            hello(),
            hello("later", "skip: [{reason: not today}]"),
            hello("async", "mode: async"),
        ),
    )
    done = harness("list")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "specs/x.spec.yaml::c\n"
        "specs/x.spec.yaml::later   skipped: not today\n"
        "specs/x.spec.yaml::async   skipped: reference has no async\n"
        "3 cases in 1 file\n"
    )
    assert harness("list", "-k", "c").out.endswith("3 cases in 1 file\n")
    assert harness("list", "-k", "later").out.endswith("1 case in 1 file\n")


def test_list_is_json_where_it_is_asked_for(harness: Harness, project: Path) -> None:
    write(project, suite(hello(), hello("later", "skip: [{reason: not today}]")))
    first, second = harness("list", "--json").rows
    assert (first["id"], first["skip"], first["line"]) == (
        "specs/x.spec.yaml::c",
        None,
        4,
    )
    assert second["skip"] == "skipped: not today"
    assert first["provider"] == "anthropic"


# ------------------------------------------------------------------------- show


def test_show_decodes_a_recording(harness: Harness, project: Path) -> None:
    record(project)
    done = harness("show", "cassettes/hello.yaml")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "recorded: 2026-11-22"
    assert lines[2] == "[1] POST https://api.anthropic.com/v1/messages"
    assert '      "model": "m",' in lines
    assert "       0 text             0  'Hello'" in lines
    assert any(line.strip().startswith("-> 200   ") for line in lines)


def test_show_prints_the_bytes_where_they_are_asked_for(
    harness: Harness, project: Path
) -> None:
    record(project)
    done = harness("show", "cassettes/hello.yaml", "--raw")
    assert "event: message_start\ndata: {" in done.out
    assert "text             0" not in done.out


def test_show_can_pick_one_interaction(harness: Harness, project: Path) -> None:
    two = tape("First"), tape("Second")
    both = Tape(tuple(e for one in two for e in one.exchanges))
    save_tape(project, "c.yaml", both, {})
    assert harness("show", "c.yaml").out.count("POST https://") == 2
    done = harness("show", "c.yaml", "-i", "2")
    assert "[2] POST" in done.out
    assert "[1] POST" not in done.out
    assert "'Second'" in done.out
    missing = harness("show", "c.yaml", "-i", "3")
    assert (missing.code, missing.err) == (
        2,
        "harness: there is no interaction 3, only 2\n",
    )
    assert harness("show", "c.yaml", "-i", "0").code == 2


def test_show_decodes_a_case(harness: Harness, project: Path) -> None:
    record(project)
    write(project, suite(TAPED + "    description: It says hello.\n", hello("d")))
    done = harness("show", "specs/x.spec.yaml::c")
    assert done.out.startswith("specs/x.spec.yaml::c   It says hello.\nrecorded: ")
    assert "'Hello'" in done.out
    said = harness("show", "s::d", "--raw")
    assert "event: message_start" in said.out
    everything = harness("show", "specs/x.spec.yaml")
    assert everything.out.count("specs/x.spec.yaml::") == 2


def test_show_says_why_a_case_has_nothing_to_show(
    harness: Harness, project: Path
) -> None:
    parts = "[{type: tool_call, name: a, arguments: {}}, {type: text, text: b}]"
    case = (
        "  - id: c\n    provider: openai-chat\n    prompt: Hi\n"
        f"    says: {{parts: {parts}}}\n"
    )
    write(project, suite(case))
    done = harness("show", "specs/x.spec.yaml::c")
    assert done.code == 0
    assert "    not applicable: " in done.out


def test_show_of_what_is_not_there(harness: Harness, project: Path) -> None:
    record(project)
    done = harness("show", "cassettes/helo.yaml")
    assert done.code == 4
    assert "closest: cassettes/hello.yaml" in done.err
    write(project, suite(TAPED.replace("hello.yaml", "no.yaml")))
    done = harness("show", "specs/x.spec.yaml::c")
    assert done.code == 4
    assert "error[H501]: no recording for c" in done.err
    assert harness("show", "nowhere").code == 2


@pytest.mark.parametrize(
    ("url", "headers", "body", "shown"),
    [
        ("https://h.example/other", (), b"plain words", "    plain words"),
        ("https://h.example/other", (), b'{"a": 1}', '      "a": 1'),
        ("https://h.example/other", (), b"", "no provider is known for this path"),
        ("https://h.example/other", (), b"\xff\x00", "\\xff"),
        ("https://h.example/v1/chat/completions", (), b"{]", "WireError: body is not"),
    ],
)
def test_show_shows_what_it_cannot_decode(
    harness: Harness,
    project: Path,
    url: str,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    shown: str,
) -> None:
    exchange = Exchange(Request("POST", url, (), b""), Response(200, headers, (body,)))
    save_tape(project, "c.yaml", Tape((exchange,)), {})
    done = harness("show", "c.yaml")
    assert done.code == 0
    assert shown in done.out


def test_show_reads_a_recording_as_the_wire_it_is_told(
    harness: Harness, project: Path
) -> None:
    (exchange,) = tape().exchanges
    odd = replace(
        exchange, request=replace(exchange.request, url="https://h.example/x")
    )
    save_tape(project, "c.yaml", Tape((odd,)), {})
    assert "no provider is known" in harness("show", "c.yaml").out
    assert "'Hello'" in harness("show", "c.yaml", "--provider", "anthropic").out


def test_long_base64_is_folded(harness: Harness, project: Path) -> None:
    image = base64.b64encode(bytes(range(256)) * 40).decode()
    body = json.dumps({"image": image, "short": "aGVsbG8="}).encode()
    exchange = Exchange(
        Request("POST", "https://h.example/x", (), body), Response(200, (), (body,))
    )
    save_tape(project, "c.yaml", Tape((exchange,)), {})
    done = harness("show", "c.yaml")
    assert image not in done.out
    assert f"{image[:24]}…({len(image)} characters)" in done.out
    assert "aGVsbG8=" in done.out
    assert image in harness("show", "c.yaml", "--raw").out


def test_what_is_short_is_not_folded() -> None:
    assert fold("a" * 199) == "a" * 199
    assert fold("x " * 200) == "x " * 200
    assert fold("a" * 200).endswith("…(200 characters)")


# ------------------------------------------------------------ which suites are read


def test_without_suites_it_asks_for_some(
    harness: Harness, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "specs").rmdir()
    monkeypatch.setattr("harness.shell.project.shipped", lambda here: None)
    done = harness("run")
    assert (done.code, "there is no specs/ here" in done.err) == (2, True)


def test_without_suites_it_runs_those_that_came_with_it(
    harness: Harness, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.shell.project import Project

    write(project, suite(hello()), "came/specs/x.spec.yaml")
    (project / "specs").rmdir()
    came = Project(project / "came")
    monkeypatch.setattr("harness.shell.project.shipped", lambda here: came)
    assert "1 passed" in harness("run", "-q").out
    assert "1 passed" in harness("run", "-q", "s::c").out
    write(project, "harness: 1\n", "mine/x.spec.yaml")
    assert harness("run", "mine").code == 3
