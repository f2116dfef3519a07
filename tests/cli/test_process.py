"""The command as a process: what it imports, and how it ends when it is cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import hello, suite, write

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("COV_", "COVERAGE_", "PYTEST_"))
} | {"PYTHONPATH": str(ROOT)}

HEAVY = ("httpx", "jsonschema", "vcr", "pytest", "hypothesis", "rich", "requests")

WHAT_IT_IMPORTS = """
import sys
from harness.cli import main
sys.argv = ["harness", *{arguments!r}]
try:
    main()
except SystemExit:
    pass
print(*sorted(sys.modules), sep="\\n", file=sys.stderr)
"""


def imported(project: Path, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", WHAT_IT_IMPORTS.format(arguments=list(arguments))],
        cwd=project,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split("\n"))


def test_a_run_imports_nothing_heavy(project: Path) -> None:
    write(project, suite(hello()))
    modules = imported(project, "run")
    assert "harness.run.runner" in modules
    assert [name for name in HEAVY if name in modules] == []
    assert "importlib.metadata" not in modules
    assert "harness.cli.show" not in modules


def test_help_imports_no_command(project: Path) -> None:
    modules = imported(project, "--help")
    assert "click" in modules
    commands = ("run", "validate", "list", "show")
    assert [name for name in commands if f"harness.cli.{name}" in modules] == []


def piped(project: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "harness", *arguments],
        cwd=project,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("command", ["run", "list"])
def test_a_reader_that_leaves_early_causes_no_traceback(
    project: Path, command: str
) -> None:
    write(project, suite(*(hello(f"c{n}") for n in range(700))))
    process = piped(project, command, *(["-v"] if command == "run" else []))
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    process.wait(timeout=60)
    assert "Traceback" not in said
    assert "Exception" not in said


@pytest.mark.skipif(os.name != "posix", reason="a signal of POSIX")
def test_ctrl_c_ends_with_130_and_tells_how_far_it_got(project: Path) -> None:
    write(
        project,
        '"""An adapter that waits."""\n'
        "import sys, time\n"
        "from harness.adapters.reference import Reference\n"
        "from harness.providers import PROVIDERS\n"
        "class Slow(Reference):\n"
        "    name = 'slow'\n"
        "    def __init__(self): super().__init__(PROVIDERS, '1')\n"
        "    def open(self, *arguments):\n"
        "        print('here', file=sys.stderr, flush=True)\n"
        "        time.sleep(60)\n",
        "slow.py",
    )
    write(project, suite(hello()))
    process = piped(project, "run", "--adapter", "slow:Slow")
    assert process.stderr is not None
    assert process.stderr.readline() == b"here\n"
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.decode() == "interrupted: 0 of 1 case tried\n"
    assert b"Traceback" not in out


def test_a_fault_of_the_harness_itself_is_told_without_a_traceback(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from harness import cli
    from harness.cli import run as run_command

    def faulty(*arguments: object, **more: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(run_command, "choose", faulty)
    monkeypatch.setattr(sys, "argv", ["harness", "run"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == cli.FAULT
    said = capsys.readouterr().err
    assert "error[H900]: a fault of the harness itself" in said
    assert "ZeroDivisionError: of all things" in said
    monkeypatch.setattr(sys, "argv", ["harness", "--debug", "run"])
    with pytest.raises(ZeroDivisionError):
        cli.main()
