"""``harness run``: what is selected, what is printed where, and how it ends."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from harness.cli import run as run_command
from harness.rig import trying
from harness.run import runner
from harness.run.runner import Result, Trial
from harness.suite.case import Case
from tests.cli.conftest import TAPED, Harness, hello, record, suite, write

WRONG = "expect: {text: Hallo}"
TWO_FILES = {
    "specs/core.spec.yaml": suite(hello("one"), hello("two"), name="core"),
    "specs/deep/text.spec.yaml": suite(
        hello("three", "matrix: {stream: [true, false]}"), name="text"
    ),
}


@pytest.fixture
def two_files(project: Path) -> None:
    for name, text in TWO_FILES.items():
        write(project, text, name)


def test_a_good_run_prints_its_results_and_nothing_else(
    harness: Harness, two_files: None
) -> None:
    done = harness("run")
    head, blank, core, text, gap, summary, unverified = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert head == "harness 0.1.0  spec 1  adapter: reference 0.1.0"
    assert core == "specs/core.spec.yaml       ..  2"
    assert text == "specs/deep/text.spec.yaml  ..  2"
    assert (blank, gap) == ("", "")
    assert summary.startswith("4 passed in ")
    assert summary.endswith("replays (recorded, whole, event, byte)")
    assert unverified.startswith("not verified: ")


def test_a_failure_is_printed_and_ends_with_one(
    harness: Harness, project: Path
) -> None:
    write(project, suite(hello(fields=WRONG), hello("d")))
    done = harness("run")
    assert (done.code, done.err) == (1, "")
    assert "specs/x.spec.yaml  F.  2\n" in done.out
    assert (
        "FAIL specs/x.spec.yaml::c   reference   3 events, 1 part\n"
        "\n"
        'specs/x.spec.yaml:8:20: error[text]: text: wanted "Hallo", found "Hello"\n'
        "    6 |     prompt: Hi\n"
        "    7 |     says: {parts: [{type: text, text: Hello}]}\n"
        "    8 |     expect: {text: Hallo}\n"
        "      |                    ^^^^^\n"
        "\n"
        "  again   harness run specs/x.spec.yaml::c -vv\n"
    ) in done.out
    again = harness("run", "specs/x.spec.yaml::c", "-vv")
    assert "turn 1: POST https://api.anthropic.com/v1/messages" in again.out
    assert "text             0  'Hello'" in again.out


SELECTED = [
    (["-k", "one or three"], 3),
    (["-k", "not core"], 2),
    (["--provider", "anthropic"], 4),
    (["specs/core.spec.yaml"], 2),
    (["./specs/core.spec.yaml"], 2),
    (["specs/deep"], 2),
    (["specs/core.spec.yaml::one"], 1),
    (["./specs/core.spec.yaml::one"], 1),
    (["specs/core.spec.yaml::one", "specs/deep/text.spec.yaml::three[whole]"], 2),
    (["specs/deep/text.spec.yaml::three[*]"], 2),
    (["specs/deep/text.spec.yaml::three"], 2),
    (["specs/core.spec.yaml", "specs/deep/text.spec.yaml::three[whole]"], 3),
    (["specs::t*"], 3),
    (["core::one"], 1),
    (["text::three[str*]", "core::t?o"], 2),
]


@pytest.mark.parametrize(("arguments", "count"), SELECTED, ids=str)
def test_cases_are_selected(
    harness: Harness, two_files: None, arguments: list[str], count: int
) -> None:
    done = harness("run", *arguments, "-q")
    assert (done.code, done.out.split(" passed")[0]) == (0, str(count))


def test_a_path_is_the_same_from_inside_a_folder(
    harness: Harness, two_files: None, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "specs" / "deep")
    assert harness("run", "text.spec.yaml::three", "-q").code == 0
    assert harness("run", str(project / "specs/core.spec.yaml::one"), "-q").code == 0
    assert "4 passed" in harness("run", "-q").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-k", "nothing"], "no case was selected: 'harness list' shows"),
        (["--provider", "openai-chat"], "no case was selected"),
        (
            ["specs/core.spec.yaml::oen"],
            "'specs/core.spec.yaml::oen': did you mean 'one'?",
        ),
        (["core::zzz", "core::one"], "named by 'core::zzz': see 'harness list'"),
        (["cor::one"], "no case is named by 'cor::one': did you mean 'one'?"),
    ],
)
def test_nothing_selected_ends_with_five(
    harness: Harness, two_files: None, arguments: list[str], said: str
) -> None:
    done = harness("run", *arguments)
    assert (done.code, done.out) == (5, "")
    assert said in done.err


def test_an_empty_folder_ends_with_five(harness: Harness) -> None:
    assert harness("run").code == 5
    assert harness("validate").code == 5


USAGE = [
    (["run", "-k", "one two"], "-k 'one two': wanted words joined by and"),
    (["run", "nowhere"], "no such file or folder: nowhere"),
    (
        ["run", "specs/cor.spec.yaml::one"],
        "no such file or folder: specs/cor.spec.yaml",
    ),
    (["run", "--provider", "antropic"], "no provider named 'antropic': did you mean"),
    (["run", "--check", "event.valid"], "did you mean 'events.valid'?"),
    (["run", "--chunks", "byte,evnt"], "no cut named 'evnt': did you mean 'event'?"),
    (["run", "--chunks", "zzzzzz"], "one of recorded, whole, event"),
    (["run", "--adapter", "refrence"], "did you mean 'reference'?"),
    (["run", "--adapter", "nowhere:it"], "cannot be loaded: ModuleNotFoundError"),
    (["run", "--maxfail", "-1"], "-1 is not in the range"),
    (["run", "--color", "mauve"], "'mauve' is not one of"),
    (["run", "--provder", "x"], "--provider"),
    (["rum"], "no command named 'rum': did you mean 'run'?"),
    (["validat"], "did you mean 'validate'?"),
    (["zzzz"], "no command named 'zzzz': run, "),
    (["show", "a.yaml", "--provider", "antropic"], "did you mean 'anthropic'?"),
    (["show"], "Missing argument"),
]


@pytest.mark.parametrize(("arguments", "said"), USAGE, ids=str)
def test_a_mistake_of_the_caller_ends_with_two(
    harness: Harness, two_files: None, arguments: list[str], said: str
) -> None:
    done = harness(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_it_can_stop_at_the_first_failure(harness: Harness, project: Path) -> None:
    cases = [hello(name, WRONG if name in "bcd" else "") for name in "abcde"]
    write(project, suite(*cases))
    for arguments, signs in (
        (["-x"], ".F"),
        (["--exitfirst"], ".F"),
        (["--maxfail", "2"], ".FF"),
        (["--maxfail", "0"], ".FFF."),
    ):
        done = harness("run", *arguments)
        assert done.code == 1
        assert f"specs/x.spec.yaml  {signs}  {len(signs)}\n" in done.out
        stopped = f"stopped: {len(signs)} of 5 cases tried\n"
        assert done.err == (stopped if len(signs) < 5 else "")


def test_quiet_prints_failures_and_the_summary(harness: Harness, project: Path) -> None:
    write(project, suite(hello(), hello("d", WRONG)))
    first, *_, last = harness("run", "-q").out.splitlines()
    assert first.startswith("FAIL specs/x.spec.yaml::d")
    assert last.startswith("1 failed, 1 passed in ")


def test_verbose_prints_a_line_a_case_its_reasons_and_warnings(
    harness: Harness, project: Path
) -> None:
    write(
        project,
        suite(
            hello(),
            hello("later", "skip: [{reason: not today}]"),
            hello("maybe", f"level: should\n{WRONG}"),
            hello("known", f"{WRONG}\nxfail: [{{reason: it is English}}]"),
        ),
    )
    brief = harness("run").out
    assert "WARN" not in brief
    assert "1 with warnings (level should): -v shows them" in brief
    done = harness("run", "-v")
    assert done.code == 0
    assert ". specs/x.spec.yaml::c\ns specs/x.spec.yaml::later\n" in done.out
    assert "WARN specs/x.spec.yaml::maybe" in done.out
    assert "warning[text]: text: wanted" in done.out
    assert "KNOWN specs/x.spec.yaml::known" in done.out
    assert "   1 skipped: not today\n" in done.out
    assert "   1 expected failure: it is English\n" in done.out
    strict = harness("run", "--strict")
    assert strict.code == 1
    assert "FAIL specs/x.spec.yaml::maybe" in strict.out


def test_one_check_can_be_asked_for(harness: Harness, project: Path) -> None:
    write(project, suite(hello(fields="expect: {text: x, done: false}")))
    assert harness("run", "--check", "events.valid").code == 0
    done = harness("run", "--check", "text", "--check", "usage.sane")
    assert done.code == 1
    assert "error[text]" in done.out
    assert "error[done]" not in done.out


def test_the_cuts_are_those_asked_for(harness: Harness, project: Path) -> None:
    write(project, suite(hello()))
    done = harness("run", "--chunks", "byte, random:7")
    assert "(recorded, byte, random:7)" in done.out
    write(project, '[tool.harness]\nchunks = ["crlf"]\n', "pyproject.toml")
    assert "(recorded, crlf)" in harness("run").out


def test_an_excuse_ends_with_its_day(harness: Harness, project: Path) -> None:
    xfail = "xfail: [{{reason: r, until: {}}}]"
    write(project, suite(hello(fields=f"{WRONG}\n{xfail.format('2000-01-01')}")))
    done = harness("run")
    assert done.code == 1
    assert "excused until 2000-01-01, not any more: r" in done.out
    write(project, suite(hello(fields=f"{WRONG}\n{xfail.format('9999-12-31')}")))
    assert harness("run").code == 0


# --------------------------------------------------------------------- adapters

MINE = '''
"""An adapter of my own."""
from harness import __version__
from harness.adapters.reference import Reference
from harness.providers import PROVIDERS

class Mine(Reference):
    name = "mine"
    def __init__(self):
        super().__init__(PROVIDERS, "7")

class Noisy(Mine):
    def open(self, *arguments):
        raise RuntimeError("no")

class Half:
    name = "half"

made = Mine()
broken = 1 / 1

def __getattr__(name):
    raise ZeroDivisionError(name)
'''


@pytest.fixture
def mine(project: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of the project with adapters in it, named anew for every test."""
    name = f"mine_{next(NUMBERS)}"
    write(project, MINE, f"{name}.py")
    write(project, suite(hello()))
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    return name


NUMBERS = itertools.count()


@pytest.mark.parametrize("attribute", ["Mine", "made"])
def test_an_adapter_is_a_class_or_an_object_in_a_module(
    harness: Harness, mine: str, attribute: str
) -> None:
    done = harness("run", "--adapter", f"{mine}:{attribute}")
    assert done.code == 0
    assert "adapter: mine 7" in done.out


def test_an_adapter_can_have_a_name_in_the_project(
    harness: Harness, mine: str, project: Path
) -> None:
    setting = f'[tool.harness.adapters.mine]\nuse = "{mine}:Mine"\n'
    write(project, setting, "pyproject.toml")
    assert "adapter: mine 7" in harness("run", "--adapter", "mine").out
    done = harness("run", "--adapter", "mien")
    assert (done.code, "did you mean 'mine'?" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("nothing", "cannot be loaded: ZeroDivisionError: nothing"),
        ("Half", "has no version, capabilities, providers, open: see harness.Adapter"),
        ("", "cannot be loaded"),
    ],
)
def test_an_adapter_that_is_none_is_the_callers_mistake(
    harness: Harness, mine: str, attribute: str, said: str
) -> None:
    done = harness("run", "--adapter", f"{mine}:{attribute}")
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_an_adapter_that_raises_is_broken(harness: Harness, mine: str) -> None:
    done = harness("run", "--adapter", f"{mine}:Noisy")
    assert done.code == 1
    assert "BROKEN specs/x.spec.yaml::c   mine" in done.out
    assert (
        f"  again   harness run specs/x.spec.yaml::c --adapter {mine}:Noisy -vv\n"
        in (done.out)
    )
    assert "could not be tried: the adapter raised RuntimeError: no" in done.out


# ------------------------------------------------------------------------- JSON


def test_json_is_a_line_a_case_and_a_summary(harness: Harness, project: Path) -> None:
    write(project, suite(hello(), hello("d", WRONG), hello("e", "requires: [async]")))
    done = harness("run", "--json", "-v")
    assert (done.code, done.err) == (1, "")
    rows = done.rows
    assert [row["type"] for row in rows] == ["case", "case", "case", "summary"]
    assert [row.get("verdict") for row in rows[:3]] == ["passed", "failed", "skipped"]
    assert rows[2]["reason"] == "reference has no async"
    (failure,) = rows[1]["failures"]
    assert (failure["check"], failure["line"], failure["column"]) == ("text", 12, 20)
    assert rows[3]["counts"]["failed"] == 1


def test_json_stays_json_where_a_recording_is_missing(
    harness: Harness, project: Path
) -> None:
    write(project, suite(TAPED, hello("d")))
    done = harness("run", "--json")
    assert done.code == 4
    assert [row.get("verdict") for row in done.rows] == ["broken", "passed", None]
    assert "error[H501]" in done.err


def test_a_recording_is_played(harness: Harness, project: Path) -> None:
    record(project)
    write(project, suite(TAPED + "    expect: {text: Hello, usage: {input: 3}}\n"))
    done = harness("run")
    assert (done.code, done.err) == (0, "")


# ----------------------------------------------------------------------- colour


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": ""}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_follows_the_option_then_the_environment(
    harness: Harness,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    environment: dict[str, str],
    coloured: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    write(project, suite(hello(fields=WRONG)))
    done = harness("run", *arguments)
    assert ("\x1b[31mFAIL\x1b[0m" in done.out) is coloured
    assert ("\x1b" in done.out) is coloured
    write(project, "harness: 1\n")
    broken = harness("run", *arguments)
    assert ("\x1b[31merror\x1b[0m" in broken.err) is coloured


# ---------------------------------------------------- several at once, and some only


def test_several_processes_find_what_one_finds(harness: Harness, project: Path) -> None:
    cases = [hello(f"c{number}") for number in range(8)]
    write(project, suite(*cases, hello("bad", WRONG)))
    one, two = harness("run", "--json"), harness("run", "--json", "-j", "2")
    assert (one.code, two.code) == (1, 1)
    assert two.out.splitlines()[:-1] == one.out.splitlines()[:-1]
    wrong = harness("run", "-j", "0")
    assert (wrong.code, "'0' is no number of processes" in wrong.err) == (2, True)


def test_cases_of_wires_that_an_adapter_does_not_speak_are_left_out(
    harness: Harness, project: Path
) -> None:
    write(project, suite(hello(), hello("d").replace("anthropic", "ollama")))
    (project / "only.py").write_text(
        "from harness.adapters.reference import Reference\n"
        "from harness.providers import PROVIDERS\n"
        "mine = Reference(PROVIDERS, '7')\n"
        "mine.name, mine.providers = 'mine', {'anthropic'}\n"
    )
    done = harness("run", "--adapter", "only:mine")
    assert done.code == 0
    assert done.out.endswith("left out: 1 case of wires it does not speak\n")
    none = harness("run", "--adapter", "only:mine", "--provider", "ollama")
    assert none.code == 5
    assert "only:mine speaks none of the wires of these cases: ollama" in none.err


# ------------------------------------------------------------------ interrupted


def test_an_interrupt_prints_what_was_done_and_ends_with_130(
    harness: Harness, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    really = runner.run

    def once(case: Case, trial: Trial) -> Result:
        if tried:
            raise KeyboardInterrupt
        tried.append(case.id)
        return really(case, trial)

    monkeypatch.setattr(trying, "run", once)
    write(project, suite(hello(), hello("d"), hello("e")))
    done = harness("run")
    assert done.code == 130
    assert "1 passed in" in done.out
    assert done.err == "interrupted: 1 of 3 cases tried\n"


def test_an_interrupt_before_anything_ran_ends_with_130(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_command, "choose", interrupted)
    done = harness("run")
    assert (done.code, done.err.strip()) == (130, "interrupted")


def test_how_far_it_is_goes_to_a_terminal_and_is_wiped(
    harness: Harness, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, suite(hello(), hello("d")))
    clock = itertools.count(0, 2)
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    monkeypatch.setattr("harness.cli._output.sys.stderr.isatty", lambda: True)
    done = harness("run")
    assert done.err == "\r\x1b[K1/2  c\r\x1b[K2/2  d\r\x1b[K"
    assert "\x1b" not in done.out
    assert harness("run", "-q").err == ""
    assert harness("run", "--json").err == ""
