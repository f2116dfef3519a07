"""``harness prompt -T``: tools from a Python file, called and shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli.asking.prompt import MOST_ANSWERS
from harness.reference.model import Model
from tests.cli.asked import CALLS, STOP, Scripted, brought, called
from tests.cli.conftest import Done, Harness, write

ADD = '''
def add(a: int, b: int) -> int:
    """Add two numbers."""
    print("adding")
    return a + b
'''
ADDS: list[Any] = [*called("add", '{"a": 2, "b": 3}'), CALLS]
FIVE: list[Any] = ["It is 5", STOP]
GOES_ON = "harness prompt -c -T FILE goes on"


@pytest.fixture
def tools(project: Path) -> str:
    """A file with a tool in it."""
    write(project, ADD, "tools.py")
    return "tools.py"


def asked(harness: Harness, file: str, *more: str) -> Done:
    return harness("prompt", "-m", "scripted", "-T", file, *more, "What is 2 + 3?")


def names(model: Scripted) -> list[str]:
    return [getattr(tool, "name", "") for tool in model.prompts[0].tools]


def test_a_call_and_its_result_are_shown_on_stderr_and_sent_back(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tools: str
) -> None:
    model = brought(
        monkeypatch,
        ["Let me see", *called("add", '{"a": 2, "b": 3}', part=1), CALLS],
        FIVE,
    )
    done = asked(harness, tools)
    assert (done.code, done.out) == (0, "Let me see\nIt is 5\n")
    assert done.err == 'add({"a": 2, "b": 3})\nadding\n  5\n'
    [result] = model.prompts[1].messages[-1].to_dict()["parts"]
    assert result == {
        "type": "tool_result", "name": "add", "output": "5", "tool_call_id": "c1"
    }  # fmt: skip


def test_what_a_tool_prints_is_no_json_line(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tools: str
) -> None:
    brought(monkeypatch, ADDS, FIVE)
    done = asked(harness, tools, "--json")
    assert "tool_result" in [row["type"] for row in done.rows]
    assert done.err == "adding\n"


def test_calls_are_run_one_after_the_other(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tools: str
) -> None:
    two = called("add", '{"a": 4, "b": 5}', "c2", 1)
    brought(monkeypatch, [*ADDS[:-1], *two, CALLS], FIVE)
    done = asked(harness, tools)
    shown = [line for line in done.err.splitlines() if line != "adding"]
    assert shown == ['add({"a": 2, "b": 3})', "  5", 'add({"a": 4, "b": 5})', "  9"]


@pytest.mark.parametrize(
    ("code", "call", "shown"),
    [
        ("def f(): 1 / 0", "{}", "  Error: division by zero"),
        ("def f(): return 'é' * 500", "{}", f"  {'é' * 400}…"),
        ("def f(): return 'a\\nb'", "{}", "  a\n  b"),
        ("def g(): ...", "{}", '  Error: tool "f" does not exist'),
        ("def f(): ...", "no json", '  Error: tool "f" needs a JSON object of'),
        ("async def f(): return 'later'", "{}", "  later"),
        (
            "from harness.reference.tools.tool import ToolOutput\n"
            "from harness.message.parts import Attachment as A\n"
            "def f(): return ToolOutput('see', [A('image/png', content=b'1')])",
            "{}",
            "  see\n  [image/png]",
        ),
    ],
)
def test_whatever_a_call_comes_to_is_shown_and_the_model_goes_on(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    project: Path,
    code: str,
    call: str,
    shown: str,
) -> None:
    brought(monkeypatch, [*called("f", call), CALLS], FIVE)
    write(project, code, "t.py")
    done = asked(harness, "t.py")
    assert (done.code, done.out) == (0, "It is 5\n")
    assert f")\n{shown}" in done.err


TOOLS = "from harness.reference.tools.tool import Tool, Toolbox\n"
DECLARES = [
    ("import math\nfrom math import *\ndef f(): ...\ndef _g(): ...\nh = f", ["f"]),
    (f"{TOOLS}def f(): ...\nmade = Tool.function(f, 'made')\nagain = made", ["made"]),
    (f"{TOOLS}class Box(Toolbox):\n  def f(self): ...", ["Box_f"]),
    (f"{TOOLS}class Box(Toolbox):\n  def f(self): ...\nbox = Box()", ["Box_f"]),
    (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass P:\n  x: int\ndef f(x: float) -> P: ...",
        ["f"],
    ),
]


@pytest.mark.parametrize(("code", "declared"), DECLARES)
def test_a_file_declares_its_own_functions_tools_and_toolboxes_once(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    project: Path,
    code: str,
    declared: list[str],
) -> None:
    model = brought(monkeypatch, FIVE)
    write(project, code, "t.py")
    assert asked(harness, "t.py").err == ""
    assert names(model) == declared


def test_several_files_may_be_given(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path, tools: str
) -> None:
    model = brought(monkeypatch, FIVE)
    write(project, "def f(): ...", "t.py")
    asked(harness, tools, "-T", "t.py")
    assert names(model) == ["add", "f"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1\nimport math", "t.py: it defines no functions, tools or toolboxes"),
        ("x = 1\n1 / 0", "t.py:2: ZeroDivisionError: division by zero"),
        ("def f(:", "t.py: SyntaxError: "),
        ("import sys\nsys.exit(0)", "t.py:2: SystemExit: 0"),
        (
            f"{TOOLS}class B(Toolbox):\n  def __init__(self, x): ...",
            "t.py: TypeError: ",
        ),
        (None, "t.py: there is no such file"),
    ],
)
def test_a_file_that_is_of_no_use_is_a_wrong_use(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    project: Path,
    code: str | None,
    said: str,
) -> None:
    model = brought(monkeypatch)
    if code is not None:
        write(project, code, "t.py")
    done = asked(harness, "t.py")
    assert (done.code, done.out, model.prompts) == (2, "", [])
    assert f"harness: --tools {said}" in done.err
    assert done.err.count("\n") == 1


def test_calls_that_nobody_may_run_are_shown(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tools: str
) -> None:
    brought(monkeypatch, ADDS)
    done = harness("prompt", "-m", "scripted", "Hi")
    assert (done.code, done.out) == (0, "")
    assert done.err == (
        'add({"a": 2, "b": 3})\n'
        "harness: it calls tools; harness prompt -c -T FILE runs them and goes on\n"
    )


def test_a_model_that_never_stops_calling_is_stopped_and_can_go_on(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tools: str
) -> None:
    model = brought(monkeypatch, *[ADDS] * MOST_ANSWERS)
    done = asked(harness, tools)
    assert done.code == 1
    said = f"ChainLimitExceeded: {MOST_ANSWERS} answers, and the last still calls add"
    assert done.err.splitlines()[-1] == f"harness: {said}; {GOES_ON}"
    model.answers = [FIVE]
    done = harness("prompt", "-c", "-T", tools)
    assert (done.code, done.out) == (0, "It is 5\n")
    assert done.err == 'add({"a": 2, "b": 3})\nadding\n  5\n'


def test_a_tool_can_pause_and_is_run_when_it_goes_on(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path, tools: str
) -> None:
    model = brought(monkeypatch, ADDS)
    write(
        project,
        "from harness.reference.tools.tool import PauseChain\n"
        "def add(a: int, b: int): raise PauseChain('ask Ada')",
        "pause.py",
    )
    line = f"harness: PauseChain: ask Ada; {GOES_ON}"
    for again in (["-m", "scripted", "2 + 3?"], ["-c"]):
        done = harness("prompt", *again, "-T", "pause.py")
        assert (done.code, done.err.splitlines()[-1]) == (1, line)
    model.answers = [FIVE]
    assert harness("prompt", "-c", "-T", tools).out == "It is 5\n"
    assert [m.role for m in model.prompts[-1].messages] == ["user", "assistant", "tool"]


def test_a_failure_after_a_call_keeps_nothing(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tools: str, project: Path
) -> None:
    from harness.message.events import Error

    brought(monkeypatch, ADDS, [Error("Oops", "x", 500)])
    assert asked(harness, tools).code == 1
    assert not (project / ".harness").exists()


def test_a_model_without_tools_says_so(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tools: str
) -> None:
    model: Model = brought(monkeypatch)
    model.supports_tools = False
    done = asked(harness, tools)
    assert (done.code, done.err) == (2, "harness: scripted does not support tools\n")


def test_what_is_kept_has_the_calls_and_their_results(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tools: str, project: Path
) -> None:
    brought(monkeypatch, ADDS, FIVE)
    asked(harness, tools)
    kept = json.loads((project / ".harness/last-response.json").read_bytes())
    roles = [message["role"] for message in kept["response"]["prompt"]["messages"]]
    assert roles == ["user", "assistant", "tool"]
