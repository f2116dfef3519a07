"""Bad input: a place, what to do, an exit code of its own, and never a traceback."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import TAPED, Harness, hello, record, suite, write

GOOD = suite(hello())
BOMB = "harness: 1\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n" + "".join(
    f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 12)
)

SPECS: dict[str, tuple[str | bytes, str, str, str]] = {
    "empty": ("", "1:1", "H102", "start with 'harness: 1'"),
    "blank": ("\n\n# nothing\n", "1:1", "H102", "start with 'harness: 1'"),
    "no harness": (GOOD.replace("harness: 1\n", ""), "1:1", "H107", "'harness'"),
    "another version": (GOOD.replace("1", "2", 1), "1:10", "H103", "reads format 1"),
    "an unknown key": (
        GOOD.replace("prompt", "promt"),
        "6:5",
        "H101",
        "did you mean 'prompt'?",
    ),
    "a wrong type": (GOOD.replace("Hi", "[Hi]"), "6:13", "H106", "wanted text"),
    "an unknown provider": (
        GOOD.replace("anthropic", "antropic"),
        "5:15",
        "H103",
        "did you mean 'anthropic'?",
    ),
    "duplicate ids": (suite(hello(), hello()), "8:5", "H112", "already on line 4"),
    "duplicate keys": (GOOD + "    prompt: Yo\n", "8:5", "H104", "already on line 6"),
    "a tag": (GOOD.replace("Hi", "!!python/name:os.system"), "6:13", "H104", "tag"),
    "a bomb": (BOMB, "7:25", "H104", "write it out"),
    # How far libyaml looks ahead of what it gives differs from version to version.
    "brackets": ("[" * 50_000, r"1:10?01", "H104", "nested deeper"),
    "braces": ("{a: " * 50_000, "1:401", "H104", "nested deeper"),
    "dashes": ("- " * 50_000, "1:201", "H104", "nested deeper"),
    "NUL": (GOOD.replace("Hi", "H\0i"), "6:14", "H102", "control characters"),
    "bytes": (GOOD.encode() + b"# \xff\xfe", "8:3", "H102", "save it as UTF-8"),
    "UTF-16": (GOOD.encode("utf-16"), "1:1", "H102", "save it as UTF-8"),
    "binary": (bytes(range(256)) * 9, "2:118", "H102", "save it as UTF-8"),
    "no YAML": ("harness: 1\n  suite: [\n", "2:8", "H102", "not YAML"),
    "two documents": (GOOD + "---\n" + GOOD, "8:1", "H104", "one document"),
    "too large": (b"#" * (50 << 20), "1:1", "H507", "larger than 5 MiB"),
}


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_that_cannot_be_used_ends_with_three(
    harness: Harness, project: Path, name: str
) -> None:
    data, place, code, said = SPECS[name]
    write(project, data)
    for command in ("run", "validate", "list"):
        done = harness(command)
        assert (done.code, done.out) == (3, "")
        head = done.err.split("\n", 1)[0]
        assert re.match(rf"specs/x\.spec\.yaml:{place}: error\[{code}\]: ", head)
        assert said in done.err
        assert "1 error in 1 file" in done.err
        assert len(done.err) < 2000


def test_a_good_spec_beside_a_bad_one_is_not_run(
    harness: Harness, project: Path
) -> None:
    write(project, GOOD)
    write(project, "harness: 1\n", "specs/y.spec.yaml")
    done = harness("run")
    assert (done.code, done.out) == (3, "")
    assert "specs/y.spec.yaml:1:1: error[H107]: field 'suite' is missing" in done.err
    assert done.err.endswith("2 errors in 1 file; nothing was run\n")


def test_a_folder_where_a_spec_was_named(harness: Harness, project: Path) -> None:
    (project / "specs" / "y.spec.yaml").mkdir()
    write(project, GOOD)
    done = harness("run", "specs/y.spec.yaml")
    assert done.code == 3
    assert done.err.startswith("specs/y.spec.yaml:1:1: error[H501]: is a folder")
    assert harness("run", "-q").code == 0


def test_a_spec_nobody_may_read(
    harness: Harness, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(project, GOOD)
    really = Path.open

    def refused(self: Path, *arguments: object, **named: object) -> object:
        if self.name == path.name:
            raise PermissionError(13, "Permission denied")
        return really(self, *arguments, **named)  # type: ignore[call-overload]  # as called

    monkeypatch.setattr(Path, "open", refused)
    done = harness("run")
    assert done.code == 3
    assert "specs/x.spec.yaml:1:1: error[H501]" in done.err
    assert "cannot be read: Permission denied" in done.err


# ------------------------------------------------------------------- recordings


def damaged(project: Path, change: str) -> None:
    """The recording of the project, made unusable in one way."""
    path = record(project)
    text = path.read_text("utf-8")
    changes: dict[str, str | bytes] = {
        "empty": "",
        "no YAML": text + "\n[",
        "a tag": text.replace("method: POST", "method: !!python/name:os.system"),
        "NUL": text.replace("POST", "PO\0ST"),
        "bytes": text.encode().replace(b"POST", b"PO\xffST"),
        "binary": bytes(range(256)) * 9,
        "brackets": "[" * 50_000,
        "a bomb": BOMB,
        "another shape": "interactions: 3\n",
        "a list": "- 1\n",
        "duplicate keys": text.replace("method: POST", "method: POST\n    method: GET"),
        "too large": b"#" * (40 << 20),
    }
    path.write_bytes(
        made if isinstance(made := changes[change], bytes) else made.encode()
    )


@pytest.mark.parametrize(
    "change",
    [
        "empty",
        "no YAML",
        "a tag",
        "NUL",
        "bytes",
        "binary",
        "brackets",
        "a bomb",
        "another shape",
        "a list",
        "duplicate keys",
        "too large",
    ],
)
def test_a_damaged_recording_ends_with_four(
    harness: Harness, project: Path, change: str
) -> None:
    damaged(project, change)
    write(project, suite(TAPED))
    for arguments in (["run", "-q"], ["validate"], ["show", "cassettes/hello.yaml"]):
        done = harness(*arguments)
        assert done.code == 4
        assert re.match(r"cassettes/hello\.yaml:\d+:\d+: error\[H5\d\d\]: ", done.err)
        assert len(done.err) < 2000


def test_a_missing_recording_names_the_closest_one(
    harness: Harness, project: Path
) -> None:
    record(project, "cassettes/helo.yaml")
    write(project, suite(TAPED))
    for command in ("run", "validate"):
        done = harness(command)
        assert done.code == 4
        assert done.err.startswith(
            "specs/x.spec.yaml:8:15: error[H501]: no recording for c: "
            "cassettes/hello.yaml does not exist\n"
            "    8 |     cassette: cassettes/hello.yaml\n"
            "      |               ^^^^^^^^^^^^^^^^^^^^ closest: cassettes/helo.yaml\n"
        )


def test_a_recording_that_many_cases_miss_is_told_case_by_case(
    harness: Harness, project: Path
) -> None:
    write(project, suite(TAPED, TAPED.replace("id: c", "id: d"), hello("e")))
    done = harness("run")
    assert done.code == 4
    assert "specs/x.spec.yaml  BB.  3\n" in done.out
    assert done.err.count("error[H501]") == 2


@pytest.mark.parametrize(
    "path", ["../outside.yaml", "/etc/passwd", "cassettes/../../outside.yaml"]
)
def test_a_recording_outside_the_project_is_refused(
    harness: Harness, project: Path, path: str
) -> None:
    (project.parent / "outside.yaml").write_text("secret: 1\n", "utf-8")
    write(project, suite(TAPED.replace("cassettes/hello.yaml", path)))
    done = harness("run")
    assert done.code == 4
    assert "specs/x.spec.yaml:8:15: error[H505]: no recording for c: " in done.err
    assert "relative to the project" in done.err
    assert "secret" not in done.err + done.out


def test_a_recording_that_is_a_folder_is_refused(
    harness: Harness, project: Path
) -> None:
    (project / "cassettes" / "hello.yaml").mkdir(parents=True)
    write(project, suite(TAPED))
    done = harness("run")
    assert done.code == 4
    assert "cassettes/hello.yaml is not a file" in done.err


def edited(project: Path, change: str, by: str) -> None:
    """The recording with its body changed, and nothing else."""
    path = record(project)
    data = yaml.safe_load(path.read_text("utf-8"))
    body = data["interactions"][0]["response"]["body"]
    assert change in body["string"]
    body["string"] = body["string"].partition(change)[0] + by
    data.pop("harness", None)
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")


@pytest.mark.parametrize(
    ("change", "by", "said"),
    [
        ("event: message_stop", "", "truncated"),
        ('"text":"Hello"', '"te', "truncated"),
        ('"text":"Hello"', '"te\n\n', "not JSON"),
        ("event: message_start", "<html>\n\n", "truncated"),
    ],
)
def test_a_recorded_stream_that_is_malformed_fails_and_never_passes(
    harness: Harness, project: Path, change: str, by: str, said: str
) -> None:
    edited(project, change, by)
    write(project, suite(TAPED))
    done = harness("run")
    assert (done.code, done.err) == (1, "")
    assert "specs/x.spec.yaml:4:5: error[error]: turn 1: unexpected error" in done.out
    assert said in done.out
    shown = harness("show", "cassettes/hello.yaml")
    assert shown.code == 0
    assert said in shown.out or "error" in shown.out


def test_a_recorded_body_that_is_not_utf8_fails_and_never_passes(
    harness: Harness, project: Path
) -> None:
    path = record(project)
    data = yaml.safe_load(path.read_text("utf-8"))
    body = data["interactions"][0]["response"]["body"]
    body["string"] = body["string"].encode().replace(b"Hello", b"\xff\xfe")
    data.pop("harness", None)
    path.write_text(yaml.safe_dump(data), "utf-8")
    write(project, suite(TAPED))
    done = harness("run")
    assert (done.code, done.err) == (1, "")
    assert "byte 0xff is not UTF-8 (at byte " in done.out


# --------------------------------------------------------------------- settings

SETTINGS = {
    "spec = 'x'": "unknown setting tool.harness.spec: did you mean 'specs'?",
    "zzz = 1": "unknown setting tool.harness.zzz: known: adapters, ",
    "specs = 3": "tool.harness.specs is a list of texts",
    "specs = [3]": "tool.harness.specs is a list of texts",
    "chunks = ['bite']": "tool.harness.chunks: 'bite': did you mean 'byte'?",
    "chunks = {}": "tool.harness.chunks is a list of texts",
    "adapters = 'x'": "tool.harness.adapters.NAME is a table",
    "adapters = {x = 'y'}": "tool.harness.adapters.x needs use = 'llm', or 'module:object'",
    "adapters.x.uses = 'y:z'": "tool.harness.adapters.x needs use = 'llm', or 'module:object'",
    "specs = [": "cannot be read",
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_that_is_wrong_ends_with_two(
    harness: Harness, project: Path, setting: str
) -> None:
    write(project, f"[tool.harness]\n{setting}\n", "pyproject.toml")
    for command in ("run", "validate", "list"):
        done = harness(command)
        assert (done.code, done.out) == (2, "")
        assert f"pyproject.toml: {SETTINGS[setting]}" in done.err


def test_tool_harness_must_be_a_table(harness: Harness, project: Path) -> None:
    write(project, "[tool]\nharness = 3\n", "pyproject.toml")
    assert "tool.harness is a table" in harness("run").err


def test_json_schema_is_asked_by_validate(
    harness: Harness, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.cli import validate

    schema = validate.schema()
    schema["definitions"]["case"]["properties"]["prompt"] = {"enum": ["Yo"]}
    monkeypatch.setattr(validate, "schema", lambda: json.loads(json.dumps(schema)))
    write(project, GOOD)
    done = harness("validate")
    assert done.code == 3
    assert done.err.startswith("specs/x.spec.yaml:6:13: error[H100]: JSON Schema: ")
