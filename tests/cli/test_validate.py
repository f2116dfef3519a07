"""``harness validate`` on recordings: leaks, damage, age, and whose they are."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from tests.cli.conftest import Harness

KEY = "q7Rk2mZ9xW4v" + "B8nL1cF6hD3s"
SHAPED = "sk-" + "proj-Ab3dEf6hIj9kLmN0pQr5"

CASSETTE = """\
# recorded by hand
harness:
  provenance: {{server: a, recorded: '{recorded}', note: {provenance}}}
interactions:
- request:
    body: {question}
    headers:
      accept: [{header}]
    method: POST
    uri: https://h/v1/chat/completions{query}
  response:
    body:
      string: {answer}
    headers:
      content-type: [{kind}]
    status: {{code: 200, message: OK}}
# {comment}
version: 1
"""
CLEAN = {
    "recorded": "2026-01-01",
    "provenance": "none",
    "question": "'{}'",
    "header": "'*/*'",
    "query": "",
    "answer": "'{}'",
    "kind": "application/json",
    "comment": "nothing",
}


def _in_two(key: str) -> str:
    events = [
        {"choices": [{"delta": {"content": half}}]} for half in (key[:9], key[9:])
    ]
    return json.dumps("".join(f"data: {json.dumps(e)}\n\n" for e in events))


def _folded(key: str) -> str:
    return f'"say {key[:10]}\\\n        {key[10:]} twice"'


def _escaped(key: str) -> str:
    return '"' + "".join(f"\\u{ord(letter):04x}" for letter in key) + '"'


def _packed(text: str) -> str:
    return b64encode(text.encode()).decode()


STREAM = {"kind": "text/event-stream"}
LEAKS: dict[str, tuple[dict[str, str], int]] = {
    "a value in a comment": ({"comment": f"key {KEY}"}, 17),
    "a key in a comment": ({"comment": SHAPED}, 17),
    "a value beside the recording": ({"provenance": KEY}, 3),
    "a key beside the recording": ({"provenance": SHAPED}, 3),
    "a value in a header": ({"header": KEY}, 8),
    "a key in a header": ({"header": f"Bearer {SHAPED}"}, 8),
    "a value in the query": ({"query": f"?user={KEY}"}, 10),
    "a key in the query": ({"query": f"?user={SHAPED}"}, 10),
    "a value in a question": ({"question": f"'say {KEY}'"}, 6),
    "a value that is folded": ({"question": _folded(KEY)}, 6),
    "a key that is folded": ({"question": _folded(SHAPED)}, 6),
    "a value that is escaped": ({"question": _escaped(KEY)}, 6),
    "a key that is escaped": ({"question": _escaped(SHAPED)}, 6),
    "a value in base64": ({"question": f"'{_packed(f'user:{KEY}')}'"}, 6),
    "a value in binary": (
        {"question": f"!!binary {_packed(f'{chr(0)}{chr(233)}{KEY}')}"},
        6,
    ),
    "a value in an answer": ({"answer": f"'{KEY}'"}, 13),
    "a key in an answer": ({"answer": f"'error: {SHAPED}'"}, 13),
    "a key in binary": (
        {"answer": f"!!binary {_packed(f'{chr(0)}{chr(233)}  {SHAPED}')}"},
        13,
    ),
    "a value in two events": ({"answer": _in_two(KEY), **STREAM}, 13),
    "a key in two events": ({"answer": _in_two(SHAPED), **STREAM}, 13),
}
"""What somebody might put in a file by hand, and the line it stands in."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "cassettes").mkdir()
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "a.spec.yaml").write_text(
        "harness: 1\nsuite: a\ncases:\n  - id: a\n    provider: openai-chat\n"
        "    prompt: Hi\n    cassette: cassettes/a.yaml\n"
    )
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(project: Path, name: str = "a.yaml", **said: str) -> None:
    text = CASSETTE.format(**{**CLEAN, **said})
    (project / "cassettes" / name).write_text(text)


def test_twenty_leaks_by_hand_are_told_of() -> None:
    assert len(LEAKS) == 20


@pytest.mark.parametrize("name", LEAKS)
@pytest.mark.parametrize("file", ["a.yaml", "nobodys.yaml"])
def test_a_leak_made_by_hand_is_found_where_it_is(
    project: Path,
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    file: str,
) -> None:
    said, line = LEAKS[name]
    monkeypatch.setenv("SOME_API_KEY", KEY)
    write(project, file, **said)
    done = harness("validate")
    assert done.code == 1
    assert f"cassettes/{file}:{line}:" in done.err
    assert "error[H508]" in done.err
    assert "1 leak" in done.err
    assert KEY not in done.err + done.out
    assert SHAPED not in done.err + done.out


def test_what_is_clean_is_valid_and_what_nobody_names_is_told(
    project: Path, harness: Harness
) -> None:
    write(project, "nobodys.yaml")
    done = harness("validate")
    assert done.code == 0
    assert done.err == "no case names cassettes/nobodys.yaml\n"
    assert done.out == "1 suite, 1 case, 2 recordings: all valid\n"


def test_a_recording_is_looked_at_by_its_name(project: Path, harness: Harness) -> None:
    write(project, "nobodys.yaml", comment=SHAPED)
    assert harness("validate", "cassettes/a.yaml").code == 0
    assert harness("validate", "cassettes/nobodys.yaml").code == 1


def test_a_recording_that_no_case_names_and_that_is_damaged_is_told(
    project: Path, harness: Harness
) -> None:
    (project / "cassettes" / "nobodys.yaml").write_text("interactions: [")
    done = harness("validate")
    assert done.code == 4
    assert "cassettes/nobodys.yaml:" in done.err


def test_a_leak_in_a_damaged_recording_is_told_all_the_same(
    project: Path, harness: Harness
) -> None:
    (project / "cassettes" / "a.yaml").write_text(f"# {SHAPED}\ninteractions: [")
    done = harness("validate")
    assert done.code == 1
    assert "cassettes/a.yaml:1:3: error[H508]" in done.err


def test_an_old_recording_is_stale_if_the_project_says_so(
    project: Path, harness: Harness
) -> None:
    write(project, recorded="2020-01-01")
    assert harness("validate").code == 0
    (project / "pyproject.toml").write_text('[tool.harness]\nmax-age = "180d"\n')
    done = harness("validate")
    assert done.code == 4
    assert "cassettes/a.yaml was recorded" in done.err
    assert (
        "max-age is 180d; harness record --all 'specs/a.spec.yaml::a' records it again"
    ) in done.err
    write(project, recorded="some day")
    assert harness("validate").code == 0
    write(project, recorded="2100-01-01")
    write(project, "nobodys.yaml", recorded="2020-01-01")
    done = harness("validate")
    assert done.code == 4
    assert done.err.endswith("days ago: max-age is 180d\n")


def test_a_folder_of_cassettes_may_have_another_name(
    project: Path, harness: Harness
) -> None:
    (project / "pyproject.toml").write_text('[tool.harness]\ncassettes = "tapes"\n')
    (project / "tapes").mkdir()
    text = CASSETTE.format(**{**CLEAN, "comment": SHAPED})
    (project / "tapes" / "a.yaml").write_text(text)
    assert "tapes/a.yaml:17:" in harness("validate").err


def test_a_recording_that_a_case_names_elsewhere_is_looked_at(
    project: Path, harness: Harness
) -> None:
    suite = project / "specs" / "a.spec.yaml"
    suite.write_text(suite.read_text().replace("cassettes/a", "kept/b"))
    (project / "kept").mkdir()
    (project / "cassettes" / "a.yaml").rename(project / "kept" / "b.yaml")
    done = harness("validate")
    assert (done.code, done.err) == (0, "")
    assert "1 recording:" in done.out
    write(project, "../kept/b.yaml", comment=SHAPED)
    done = harness("validate")
    assert done.code == 1
    assert "kept/b.yaml:17:" in done.err


def test_a_link_out_of_the_project_is_not_followed(
    project: Path, harness: Harness, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "private.yaml"
    outside.write_text("what: nobody should read")
    (project / "cassettes" / "link.yaml").symlink_to(outside)
    done = harness("validate")
    assert done.code == 4
    assert "cassettes/link.yaml:1:1: error[H505]" in done.err
    assert "nobody should read" not in done.err


@pytest.mark.parametrize("name", ["b.json", "b.toml", "b.yml"])
def test_recordings_in_other_notations_are_looked_at(
    project: Path, harness: Harness, name: str
) -> None:
    file = project / "cassettes" / name
    file.write_text(json.dumps({"note": SHAPED}))
    done = harness("validate")
    assert done.code == 1
    assert f"cassettes/{name}:1:" in done.err
    file.write_text(json.dumps({"note": "a file of somebody else's"}))
    done = harness("validate")
    assert done.code == (4 if name == "b.yml" else 0)
    assert "1 recording" in done.out + done.err
    assert harness("validate", f"cassettes/{name}").code == 4


def test_a_folder_of_recordings_may_be_named(project: Path, harness: Harness) -> None:
    write(project, "deep.yaml", comment=SHAPED)
    done = harness("validate", "cassettes")
    assert done.code == 1
    assert "cassettes/deep.yaml:17:" in done.err
    write(project, "deep.yaml")
    done = harness("validate", "cassettes")
    assert done.out == "0 suites, 0 cases, 2 recordings: all valid\n"
    assert harness("validate", "specs").code == 0
    (project / "empty").mkdir()
    assert harness("validate", "empty").code == 5
