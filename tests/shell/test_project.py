"""A project: where it begins, what it sets, which suites and recordings it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.errors import CassetteError, UsageError
from harness.shell import project as projects
from harness.shell.files import save_tape
from harness.shell.project import Project
from harness.suite.case import Case
from harness.wire.http import Request, Response

PROVIDERS = ("anthropic",)
TAPED = "{id: c, provider: anthropic, prompt: Hi, cassette: %s}"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def suite(*cases: str) -> str:
    rows = "".join(f"  - {case}\n" for case in cases)
    return f"harness: 1\nsuite: s\ncases:\n{rows}"


def cases(root: Path, *written: str) -> list[Case]:
    write(root / "specs" / "x.spec.yaml", suite(*written))
    found, problems = projects.suites(
        Project(root), [str(root / "specs")], PROVIDERS, root
    )
    assert problems == []
    return [case for one in found for case in one.cases]


def a_tape() -> Tape:
    exchange = Exchange(
        Request("GET", "https://h.example/"), Response(200, (), (b"hi",))
    )
    return Tape((exchange,))


def test_a_project_is_the_nearest_folder_above_with_a_pyproject(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool.harness]\nspecs = ['outer']\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert projects.find(inner) == Project(tmp_path, ("outer",), (), {})
    write(tmp_path / "a" / "pyproject.toml", "")
    assert projects.find(inner) == Project(tmp_path / "a")


def test_a_folder_without_one_is_a_project_of_its_own(tmp_path: Path) -> None:
    assert projects.find(tmp_path).root in (tmp_path, *tmp_path.parents)
    assert Project(tmp_path).specs == ("specs",)


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ("", (("specs",), (), {})),
        ("specs = 'mine'", (("mine",), (), {})),
        ("specs = ['a', 'b']", (("a", "b"), (), {})),
        ("chunks = ['byte', 'random:3']", (("specs",), ("byte", "random:3"), {})),
        ("adapters.x.use = 'm:o'", (("specs",), (), {"x": {"use": "m:o"}})),
    ],
)
def test_settings_are_read(
    tmp_path: Path, settings: str, wanted: tuple[object, ...]
) -> None:
    write(tmp_path / "pyproject.toml", f"[tool.harness]\n{settings}\n")
    found = projects.find(tmp_path)
    assert (found.specs, found.chunks, found.adapters) == wanted


def test_a_setting_nobody_knows_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool.harness]\nchunk = []\n")
    with pytest.raises(
        UsageError, match=r"tool\.harness\.chunk: did you mean 'chunks'"
    ):
        projects.find(tmp_path)


def test_what_is_set_for_recordings_is_read(tmp_path: Path) -> None:
    write(
        tmp_path / "pyproject.toml",
        "[tool.harness]\ncassettes = 'tapes'\nheader-allow = ['x-acme-*']\n"
        "redact = 'tenant-[0-9]+'\nmax-age = '90d'\nblobs = false\n",
    )
    found = projects.find(tmp_path)
    assert (found.cassettes, found.max_age, found.fold) == ("tapes", 90, None)
    assert found.rules.headers == ("x-acme-*",)
    (pattern,) = found.rules.masks
    assert pattern.fullmatch(b"tenant-12")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("redact = ['(']", r"tool\.harness\.redact: '\('"),
        ("redact = [1]", r"tool\.harness\.redact is a list of texts"),
        ("header-allow = 5", r"tool\.harness\.header-allow is a list of texts"),
        ("max-age = 180", 'as "180d"'),
        ("max-age = '0d'", 'as "180d"'),
        ("blobs = 'no'", r"tool\.harness\.blobs is true or false"),
        ("cassettes = ''", "is a folder of the project"),
        ("cassettes = '/tmp'", "is a folder of the project"),
        ("cassettes = 'a/../../b'", "is a folder of the project"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(
    tmp_path: Path, settings: str, message: str
) -> None:
    write(tmp_path / "pyproject.toml", f"[tool.harness]\n{settings}\n")
    with pytest.raises(UsageError, match=message):
        projects.find(tmp_path)


def test_a_pyproject_that_cannot_be_read_is_the_callers(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read"):
        projects.find(tmp_path)
    write(tmp_path / "pyproject.toml", "tool = 3\n")
    assert projects.find(tmp_path) == Project(tmp_path)


def test_the_suites_that_came_with_it_are_there_once_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "harness" / "shell" / "project.py"
    monkeypatch.setattr(projects, "__file__", str(file))
    assert projects.shipped() is None
    (tmp_path / "harness" / "suites" / "specs").mkdir(parents=True)
    assert projects.shipped() == Project(tmp_path / "harness" / "suites")


def test_suites_are_read_and_what_is_wrong_is_told_for_every_file(
    tmp_path: Path,
) -> None:
    case = "{id: c, provider: anthropic, prompt: Hi, says: {}}"
    write(tmp_path / "specs" / "good.spec.yaml", suite(case))
    write(tmp_path / "specs" / "bad.spec.yaml", "harness: 1\n")
    write(tmp_path / "specs" / "deep" / "worse.spec.yaml", "[")
    write(tmp_path / "specs" / "other.yaml", "not ours")
    found, problems = projects.suites(
        Project(tmp_path), [str(tmp_path / "specs")], PROVIDERS, tmp_path
    )
    assert [one.path for one in found] == ["specs/good.spec.yaml"]
    assert {str(p.place) for p in problems} == {
        "specs/bad.spec.yaml:1:1",
        "specs/deep/worse.spec.yaml:2:1",
    }


def test_a_file_elsewhere_is_called_what_it_was_called(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there" / "x.spec.yaml"
    here.mkdir()
    assert projects.shown(there, here) == there.as_posix()
    assert projects.shown(here / "a" / ".." / "x", here) == "x"


def test_a_recording_is_found_from_the_project(tmp_path: Path) -> None:
    save_tape(tmp_path, "cassettes/a.yaml", a_tape(), {})
    (case,) = cases(tmp_path, TAPED % "cassettes/a.yaml")
    assert projects.tape_of(Project(tmp_path), case) == a_tape()
    assert projects.cassettes(Project(tmp_path), [case]) == []


def test_a_recording_that_is_not_there_is_placed_in_the_suite(tmp_path: Path) -> None:
    save_tape(tmp_path, "cassettes/a.yaml", a_tape(), {})
    (case,) = cases(tmp_path, TAPED % "cassettes/aa.yaml")
    with pytest.raises(CassetteError) as caught:
        projects.tape_of(Project(tmp_path), case)
    (problem,) = caught.value.problems
    assert (problem.code, str(problem.place)) == ("H501", "specs/x.spec.yaml:4:56")
    assert problem.message == "no recording for c: cassettes/aa.yaml does not exist"
    assert problem.hint == "closest: cassettes/a.yaml"
    assert (problem.excerpt or "")[55:72] == "cassettes/aa.yaml"


def test_a_damaged_recording_is_placed_in_itself_and_told_once(tmp_path: Path) -> None:
    write(tmp_path / "cassettes" / "a.yaml", "[")
    both = cases(
        tmp_path,
        TAPED % "cassettes/a.yaml",
        (TAPED % "cassettes/a.yaml").replace("id: c", "id: d"),
        "{id: e, provider: anthropic, prompt: Hi, says: {}}",
    )
    (problem,) = projects.cassettes(Project(tmp_path), both)
    assert problem.place.path == "cassettes/a.yaml"
