"""Files are read within bounds, and written whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.errors import CassetteError, Problem, SpecError, UsageError
from harness.shell import files
from harness.wire.http import Request, Response

posix = pytest.mark.skipif(os.name != "posix", reason="links and modes of POSIX")
SECRET = "q7Rk2" + "mZ9xW4vB8nL1cF6hD3"


def a_tape(body: bytes = b"hello\n", url: str = "https://h/x") -> Tape:
    return Tape((Exchange(Request("GET", url), Response(200, (), (body,))),))


def the_problem(caught: pytest.ExceptionInfo[CassetteError]) -> Problem:
    (problem,) = caught.value.problems
    return problem


def left_over(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_tape_comes_back_from_its_file(tmp_path: Path) -> None:
    files.save_tape(tmp_path, "cassettes/new/x.yaml", a_tape(), {})
    assert files.load_tape(tmp_path, "cassettes/new/x.yaml") == a_tape()
    assert left_over(tmp_path / "cassettes" / "new") == ["x.yaml"]


def test_a_missing_cassette_names_the_closest(tmp_path: Path) -> None:
    files.save_tape(tmp_path, "cassettes/gemini/one_tool.true.yaml", a_tape(), {})
    files.save_tape(tmp_path, "cassettes/gemini/parallel.yaml", a_tape(), {})
    with pytest.raises(CassetteError) as caught:
        files.load_tape(tmp_path, "cassettes/gemini/one-tool.true.yaml")
    problem = the_problem(caught)
    assert problem.code == "H501"
    assert problem.message == "cassettes/gemini/one-tool.true.yaml does not exist"
    assert problem.hint == "closest: cassettes/gemini/one_tool.true.yaml"


def test_a_missing_folder_is_searched_from_above(tmp_path: Path) -> None:
    files.save_tape(tmp_path, "cassettes/gemini/one-tool.yaml", a_tape(), {})
    with pytest.raises(CassetteError) as caught:
        files.load_tape(tmp_path, Path("cassettes/gemni/one-tool.yaml"))
    assert the_problem(caught).hint == "closest: cassettes/gemini/one-tool.yaml"


def test_a_cassette_like_no_other_says_what_to_write_instead(tmp_path: Path) -> None:
    with pytest.raises(CassetteError) as caught:
        files.load_tape(tmp_path, "cassettes/x.yaml")
    assert "says:" in str(the_problem(caught).hint)


def test_a_damaged_cassette_is_placed_by_the_path_it_was_asked_by(
    tmp_path: Path,
) -> None:
    (tmp_path / "x.yaml").write_bytes(b"interactions: [\n")
    with pytest.raises(CassetteError) as caught:
        files.load_tape(tmp_path, "x.yaml")
    assert str(the_problem(caught).place) == "x.yaml:2:1"


@pytest.mark.parametrize(
    "path", ["../x.yaml", "a/../../x.yaml", "..", "/etc/passwd", "a\0b"]
)
def test_a_path_that_leaves_the_project_is_refused(tmp_path: Path, path: str) -> None:
    for act in (files.load_tape, files.inside):
        with pytest.raises(CassetteError) as caught:
            act(tmp_path, path)
        assert the_problem(caught).code == "H505"
    with pytest.raises(CassetteError):
        files.save_tape(tmp_path / "project", path, a_tape(), {})
    assert not (tmp_path / "x.yaml").exists()


def test_an_absolute_path_is_told_how_to_be_written(tmp_path: Path) -> None:
    with pytest.raises(CassetteError) as caught:
        files.inside(tmp_path, tmp_path / "a" / "x.yaml")
    assert the_problem(caught).hint == "write it relative to the project: a/x.yaml"


def test_a_path_may_wander_as_long_as_it_stays(tmp_path: Path) -> None:
    found = files.inside(tmp_path, "a/../b/./x.yaml")
    assert found == tmp_path.resolve() / "b" / "x.yaml"


@posix
def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "x.yaml").write_text("secret")
    (root / "file.yaml").symlink_to(tmp_path / "x.yaml")
    (root / "folder").symlink_to(tmp_path)
    (root / "loop").symlink_to(root / "loop")
    for path in ("file.yaml", "folder/x.yaml", "loop"):
        with pytest.raises(CassetteError) as caught:
            files.load_tape(root, path)
        assert the_problem(caught).code in {"H501", "H505"}
        assert "secret" not in str(caught.value)


@posix
def test_a_project_may_itself_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    files.save_tape(tmp_path / "link", "x.yaml", a_tape(), {})
    assert files.load_tape(tmp_path / "link", "x.yaml") == a_tape()


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"x" * 2000)
    assert len(files.read_bytes(file, 2000)) == 2000
    with pytest.raises(CassetteError, match="larger than") as caught:
        files.read_bytes(file, 1999)
    assert the_problem(caught).code == "H507"


def test_whose_fault_a_file_is_can_be_chosen(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="does not exist"):
        files.read_bytes(tmp_path / "x", 9, fault=SpecError)


def test_a_folder_is_no_cassette(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").mkdir()
    with pytest.raises(CassetteError, match="is not a file"):
        files.load_tape(tmp_path, "x.yaml")


@posix
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    with pytest.raises(CassetteError, match="is not a file"):
        files.load_tape(tmp_path, "x.yaml")


def test_a_name_no_disk_can_hold_is_an_error_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="cannot be read"):
        files.load_tape(tmp_path, "x" * 5000)
    with pytest.raises(CassetteError, match="cannot be written"):
        files.save_tape(tmp_path, "x" * 300, a_tape(), {})
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("fault", [OSError, KeyboardInterrupt])
def test_a_write_that_dies_leaves_the_old_file_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    fault: type[BaseException],
) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"old")

    def die(*args: object, **kwargs: object) -> None:
        raise fault

    place: object = os if step == "fsync" else Path
    monkeypatch.setattr(place, step, die)
    with pytest.raises(fault):
        files.write_atomically(file, b"new")
    monkeypatch.undo()
    assert file.read_bytes() == b"old"
    assert left_over(tmp_path) == ["x.yaml"]


def test_a_process_killed_while_writing_leaves_the_old_file_whole(
    tmp_path: Path,
) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"old")
    script = """
import os, sys
from pathlib import Path
from harness.shell import files
os.fsync = lambda handle: os._exit(9)
files.write_atomically(Path(sys.argv[1]), b"new" * 100_000)
"""
    command = [sys.executable, "-c", script, str(file)]
    assert subprocess.run(command, check=False).returncode == 9
    assert file.read_bytes() == b"old"


def test_the_file_is_safe_on_disk_before_it_takes_the_old_ones_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def note_fsync(handle: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"
        steps.append(f"sync {kind}")
        fsync(handle)

    def note_replace(self: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "replace", note_replace)
    files.write_atomically(tmp_path / "x", b"new")
    assert steps[:2] == ["sync file", "rename"]
    assert os.name != "posix" or steps[2:] == ["sync folder"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640])
def test_a_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"old")
    file.chmod(mode)
    files.write_atomically(file, b"new")
    assert stat.S_IMODE(file.stat().st_mode) == mode


@posix
def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    files.write_atomically(tmp_path / "x", b"new")
    (tmp_path / "y").touch()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "xy"}
    assert len(modes) == 1


@posix
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    files.write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


@pytest.mark.parametrize(
    "tape",
    [
        a_tape(f"the key is {SECRET}".encode()),
        a_tape(b"\xff" * 50 + SECRET.encode()),
        a_tape(url=f"https://h/{SECRET}"),
        a_tape(("hf_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7").encode()),
    ],
)
def test_a_tape_with_a_secret_is_never_written(tmp_path: Path, tape: Tape) -> None:
    files.save_tape(tmp_path, "x.yaml", a_tape(), {})
    with pytest.raises(CassetteError) as caught:
        files.save_tape(tmp_path, "x.yaml", tape, {"ANY_API_KEY": SECRET})
    assert {p.code for p in caught.value.problems} == {"H508"}
    assert SECRET not in str(caught.value)
    assert files.load_tape(tmp_path, "x.yaml") == a_tape()
    assert left_over(tmp_path) == ["x.yaml"]


def test_suite_files_are_found_sorted_and_once(tmp_path: Path) -> None:
    wanted = ["a.spec.yaml", "deep/er/b.spec.yaml", "z.spec.yaml"]
    others = [
        "a.yaml",
        "spec.yaml",
        ".git/c.spec.yaml",
        "deep/.venv/d.spec.yaml",
        "e.spec.yml",
    ]
    for name in [*wanted, *others]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    expected = [tmp_path / name for name in wanted]
    assert files.find_specs([tmp_path]) == expected
    assert files.find_specs([tmp_path, tmp_path / "deep", expected[0]]) == expected
    assert files.find_specs([tmp_path / "a.yaml"]) == [tmp_path / "a.yaml"]


def test_a_hidden_folder_that_is_named_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.spec.yaml").touch()
    assert len(files.find_specs([tmp_path / ".hidden"])) == 1


def test_a_path_that_does_not_exist_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        files.find_specs([tmp_path / "x"])
