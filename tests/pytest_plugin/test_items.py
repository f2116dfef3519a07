"""Cases as items: collected, named, selected, judged."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from harness.cli import main
from harness.providers import WHERE
from harness.pytest_plugin import CAPABILITIES, PROVIDERS
from harness.suite.case import CAPABILITIES as ALL_CAPABILITIES
from tests.cli.conftest import TAPED, hello, suite, write
from tests.pytest_plugin.conftest import PYPROJECT, Pytest

pytest_plugins = ["pytester"]

MATRIX = (
    "  - id: one\n    prompt: Hi\n    requires: [streaming]\n"
    "    matrix: {provider: [gemini, openai-chat], stream: [true, false]}\n"
    "    says: {parts: [{type: text, text: Hello}]}\n"
)
FAILS = "expect: {text: Good day}"


def test_a_case_is_an_item_for_each_combination(project: Pytest) -> None:
    result = project("--collect-only", "-q", core=MATRIX)
    assert result.outlines[:4] == [
        "specs/core.spec.yaml::one[gemini-stream]",
        "specs/core.spec.yaml::one[gemini-whole]",
        "specs/core.spec.yaml::one[openai-chat-stream]",
        "specs/core.spec.yaml::one[openai-chat-whole]",
    ]


def test_items_are_named_as_the_command_line_names_cases(
    project: Pytest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    items = project("--collect-only", "-q", core=MATRIX).outlines[:4]
    monkeypatch.setattr(sys, "argv", ["harness", "list"])
    capsys.readouterr()
    main()
    assert capsys.readouterr().out.splitlines()[:4] == items


@pytest.mark.parametrize(
    ("chosen", "passed"),
    [
        (["specs/core.spec.yaml::one[gemini-whole]"], 1),
        (["specs/core.spec.yaml::one"], 4),
        (["specs/core.spec.yaml", "specs/core.spec.yaml::one"], 4),
        (["specs/core.spec.yaml::one", "specs/core.spec.yaml::one"], 4),
        (["-k", "gemini"], 2),
        (["-k", "one and not whole"], 2),
        (["-m", "provider_openai_chat"], 2),
        (["-m", "harness and requires_streaming"], 4),
        (["--harness-provider", "gemini"], 2),
    ],
)
def test_cases_are_selected_as_tests_are(
    project: Pytest, chosen: list[str], passed: int
) -> None:
    result = project(*chosen, core=MATRIX)
    assert result.parseoutcomes()["passed"] == passed


def test_what_was_tried_is_told(project: Pytest) -> None:
    result = project(core=MATRIX)
    result.stdout.fnmatch_lines(
        ["harness: adapter reference 0.1.0", "harness: * checks, * replays * reference"]
    )
    assert result.ret == 0


def test_every_verdict_is_told_in_pytests_words(project: Pytest) -> None:
    cases = (
        hello("passes"),
        hello("fails", FAILS),
        hello("known", f"{FAILS}\nxfail: [{{reason: not yet}}]"),
        hello("unexpected", "xfail: [{reason: not yet}]"),
        hello("skipped", "skip: [{reason: no time}]"),
        hello("opaque")
        .replace("Hello}", "Hello, opaque: sig}")
        .replace("anthropic", "ollama"),
        TAPED.replace("id: c", "id: missing"),
    )
    result = project("-v", core="".join(cases))
    result.stdout.fnmatch_lines(
        [
            "*::passes PASSED*",
            "*::fails FAILED*",
            "*::known XFAIL (not yet)*",
            "*::unexpected FAILED*",
            "*::skipped SKIPPED (no time)*",
            "*::opaque SKIPPED (not applicable: *",
            "*::missing ERROR*",
            "specs/core.spec.yaml:*: error[[]H501]: no recording for missing: *",
            'specs/core.spec.yaml:12:20: error[[]text]: text: wanted "Good day", found "Hello"',
            "   12 |     expect: {text: Good day}",
            "      |                    ^*",
            "  again   harness run specs/core.spec.yaml::fails -vv",
            "specs/core.spec.yaml:*: error[[]xfail]: listed as xfail, but it passed: not yet",
            "[[]XPASS(strict)] not yet",
            "SKIPPED [[]1] specs/core.spec.yaml:*: no time",
            "FAILED specs/core.spec.yaml::fails - *",
        ]
    )
    result.assert_outcomes(passed=1, failed=2, xfailed=1, skipped=2, errors=1)
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*items.py*")


def test_runxfail_takes_known_failures_for_failures(project: Pytest) -> None:
    cases = hello("a", f"{FAILS}\nxfail: [{{reason: r}}]") + hello(
        "b", "xfail: [{reason: r}]"
    )
    project("--runxfail", core=cases).assert_outcomes(failed=1, passed=1)


LIAR = (
    "from harness.adapters.reference import Reference\n"
    "from harness.providers import PROVIDERS\n"
    "class Liar(Reference):\n"
    "    def __init__(self): super().__init__(PROVIDERS, '7')\n"
    "    def open(self, *a): raise ZeroDivisionError('of all things')\n"
)


def test_an_adapter_that_raises_is_an_error_and_never_excused(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(liar=LIAR)
    known = hello("c", "xfail: [{reason: not yet}]")
    result = project("--harness-adapter", "liar:Liar", core=known)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["harness: adapter liar:Liar 7", "*raised ZeroDivisionError: of all things"]
    )


def test_the_one_adapter_that_is_set_is_tested(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(liar2=LIAR)
    settings = PYPROJECT + "[tool.harness.adapters.mine]\nuse = 'liar2:Liar'\n"
    (pytester.path / "pyproject.toml").write_text(settings, "utf-8")
    result = project(core=hello())
    result.stdout.fnmatch_lines(["harness: adapter mine 7", "*--adapter mine -vv"])
    result.assert_outcomes(errors=1)


def test_a_file_that_cannot_be_used_is_one_failing_item(project: Pytest) -> None:
    bad = hello().replace("text: Hello", "txt: Hello")
    result = project(bad=bad, good=hello())
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "specs/bad.spec.yaml:7:*: error[[]H101]: unknown field 'txt'",
            "FAILED specs/bad.spec.yaml::spec*",
        ]
    )
    asked = project("specs/bad.spec.yaml::c")
    asked.stdout.fnmatch_lines(["*error[[]H101]: unknown field 'txt'"])


def test_files_of_others_and_no_harness_are_left_alone(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    write(pytester.path, "openapi: 3\n", "specs/api.spec.yaml")
    assert project().ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert project("--no-harness", c=hello()).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_the_line_of_a_case_counts_from_0_and_is_in_junit_with_its_properties(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    cases = hello("a") + hello("b", FAILS)
    project("--junit-xml=j.xml", "-o", "junit_family=xunit1", core=cases)
    tree = ElementTree.parse(pytester.path / "j.xml")
    first, second = tree.iter("testcase")
    assert first.attrib["file"] == "specs/core.spec.yaml"
    assert (first.attrib["line"], second.attrib["line"]) == ("3", "7")
    told = {p.attrib["name"]: p.attrib["value"] for p in first.iter("property")}
    assert told["adapter"] == "reference"
    assert int(told["checks"]) > 10
    assert int(told["replays"]) > 3
    [failure] = second.iter("failure")
    assert (failure.text or "").startswith("specs/core.spec.yaml:12:20: error[text]: ")


def test_failures_are_tried_again_and_stepped_through(project: Pytest) -> None:
    cases = hello("a") + hello("b", FAILS) + hello("c", FAILS)
    assert project("-x", core=cases).parseoutcomes() == {"passed": 1, "failed": 1}
    again = project("--lf").parseoutcomes()
    assert again["failed"] == 1
    assert "passed" not in again
    project("--sw").assert_outcomes(passed=1, failed=1)
    stepped = project("--sw").parseoutcomes()
    assert stepped["deselected"] == 1


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (
            "--harness-provider=anthropc",
            "no provider named 'anthropc': did you mean 'anthropic'?",
        ),
        (
            "--harness-check=events.vald",
            "no check named 'events.vald': did you mean 'events.valid'?",
        ),
        ("--harness-chunks=byt", "no cut named 'byt': did you mean 'byte'?"),
        ("--harness-adapter=nobody", "no adapter named 'nobody': *"),
    ],
)
def test_an_option_that_names_nothing_is_refused(
    project: Pytest, option: str, said: str
) -> None:
    result = project(option, core=hello())
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *{said}"])


def test_checks_and_cuts_can_be_chosen(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    project(
        "--harness-check=text", core=hello("c", "expect: {done: false}")
    ).assert_outcomes(passed=1)
    project("--harness-chunks=byte", "--junit-xml=j.xml", core=hello())
    whole = (pytester.path / "j.xml").read_text("utf-8")
    project("--harness-chunks=byte,whole,event", "--junit-xml=j.xml")
    assert whole != (pytester.path / "j.xml").read_text("utf-8")


def test_markers_are_registered_for_tests_written_by_hand(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        test_m="import pytest\n@pytest.mark.provider_llama_cpp\n"
        "@pytest.mark.requires_tools\n@pytest.mark.harness\ndef test_m(): pass\n"
    )
    project("test_m.py").assert_outcomes(passed=1)


def test_the_names_that_are_registered_are_all_there_are() -> None:
    assert sorted(CAPABILITIES.split()) == sorted(ALL_CAPABILITIES)
    assert sorted(PROVIDERS.split()) == sorted(WHERE)


def test_warnings_are_shown_where_a_case_passes_with_some(project: Pytest) -> None:
    result = project("-rP", core=hello("c", f"level: should\n{FAILS}"))
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(['*:*: warning[[]text]: text: wanted "Good day"*'])


def test_what_is_set_wrong_fails_each_suite_and_says_so(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    (pytester.path / "pyproject.toml").write_text(PYPROJECT + "spec = 'x'\n", "utf-8")
    result = project(core=hello())
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*unknown setting tool.harness.spec: did you mean*"])


def test_the_plugin_imports_nothing_but_pytest() -> None:
    code = (
        "import sys, pytest; before = {*sys.modules}; import harness.pytest_plugin;"
        "print(*sorted({*sys.modules} - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    ours = {"harness", "harness.pytest_plugin", "harness.pytest_plugin.fixtures"}
    assert {*done.stdout.split()} <= ours | {"importlib", "__future__"}


def test_a_session_without_suites_imports_nothing_of_ours(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        "import sys\ndef test(): assert 'harness.errors' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "harness.pytest_plugin"],
        cwd=pytester.path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout
    assert "harness:" not in done.stdout


def test_a_suite_is_collected_from_wherever_it_is_named(
    project: Pytest, pytester: pytest.Pytester
) -> None:
    write(pytester.path, suite(hello()), "elsewhere/x.spec.yaml")
    project("elsewhere/x.spec.yaml").assert_outcomes(passed=1)
