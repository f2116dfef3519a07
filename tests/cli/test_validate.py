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
    assert "max-age is 180d; harness record --all" in done.err


def test_a_folder_of_cassettes_may_have_another_name(
    project: Path, harness: Harness
) -> None:
    (project / "pyproject.toml").write_text('[tool.harness]\ncassettes = "tapes"\n')
    (project / "tapes").mkdir()
    text = CASSETTE.format(**{**CLEAN, "comment": SHAPED})
    (project / "tapes" / "a.yaml").write_text(text)
    assert "tapes/a.yaml:17:" in harness("validate").err
