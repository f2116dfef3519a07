"""``harness import``: what other tools recorded becomes ours, or says why it does not."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import vcr  # type: ignore[import-untyped]  # vcrpy has no types

from harness.cassette import paper
from harness.cassette.secret import MASK
from harness.shell.files import load_tape
from tests.cli.conftest import Harness, tape, write

KEY = "sk-" + "ant-api03-Ab3dEf6hIj9kLmN0pQr5"  # in two pieces, or this file is a leak


def recorded(
    *, asked: str = "Hi", headers: dict[str, list[str]] | None = None, **more: Any
) -> str:
    """A cassette as vcrpy writes it, of a model that says hello; as JSON."""
    (exchange,) = tape().exchanges
    body = json.loads(exchange.request.body)
    body["messages"][0]["content"] = asked
    spoken = {
        "request": {
            "body": json.dumps(body),
            "headers": {"x-api-key": [KEY], "content-type": ["application/json"]},
            "method": "POST",
            "uri": exchange.request.url,
        },
        "response": {
            "body": {"string": b"".join(exchange.response.chunks).decode()},
            "headers": {n: [v] for n, v in exchange.response.headers}
            | {"date": ["Tue, 01 Sep 2026 00:00:00 GMT"], "set-cookie": ["a=b"]},
            "status": {"code": 200, "message": "OK"},
        },
    }
    listed = {
        "request": {
            "body": None,
            "headers": {"Authorization": [f"Bearer {KEY}"]},
            "method": "GET",
            "uri": "https://api.anthropic.com/v1/models",
        },
        "response": {
            "body": {"string": "{}"},
            "headers": headers or {},
            "status": {"code": 200, "message": "OK"},
        },
    }
    return json.dumps({"interactions": [spoken, listed], "version": 1, **more})


CASE = (
    "harness: 1\nsuite: s\ncases:\n  - id: c\n    provider: anthropic\n    model: m\n"
    "    prompt: Hi\n    cassette: cassettes/anthropic/old.yaml\n"
    "    expect: {text: Hello}\n"
)


def test_a_cassette_becomes_ours(harness: Harness, project: Path) -> None:
    write(project, recorded(), "old.json")
    done = harness("import", "old.json")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "old.json   vcrpy, 2 exchanges -> cassettes/anthropic/old.yaml\n"
        "    [1] POST /v1/messages 200   anthropic, 3 events\n"
        "    [2] GET /v1/models 200   of no provider's wire, kept as it is\n"
        "    recorded 2026-09-01; 3 headers left out, 0 places masked\n"
        "    next: harness new old --from cassettes/anthropic/old.yaml\n"
    )
    made = load_tape(project, "cassettes/anthropic/old.yaml")
    assert len(made.exchanges) == 2
    assert made.provenance["imported"] == "vcrpy cassette old.json"
    assert made.provenance["recorded"] == "2026-09-01"
    text = (project / "cassettes/anthropic/old.yaml").read_text("utf-8")
    assert KEY not in text
    assert "\n  requests: sha256:" in text


def test_what_was_imported_can_be_replayed(harness: Harness, project: Path) -> None:
    write(project, recorded(), "old.json")
    only = json.loads(recorded())
    only["interactions"] = only["interactions"][:1]
    write(project, json.dumps(only), "old.json")
    harness("import", "old.json")
    write(project, CASE)
    assert harness("run").code == 0


def test_what_was_imported_is_played_by_vcrpy(harness: Harness, project: Path) -> None:
    import httpx

    write(project, recorded(), "old.json")
    harness("import", "old.json")
    file = str(project / "cassettes/anthropic/old.yaml")
    with vcr.use_cassette(file, record_mode="none") as cassette:
        for exchange in load_tape(project, "cassettes/anthropic/old.yaml").exchanges:
            asked = exchange.request
            heard = httpx.request(asked.method, asked.url).content
            assert heard == b"".join(exchange.response.chunks)
        assert cassette.all_played


def test_what_tells_too_much_is_masked_and_counted(
    harness: Harness, project: Path
) -> None:
    write(project, recorded(asked=f"My key is {KEY}"), "old.json")
    done = harness("import", "old.json")
    assert "1 place masked" in done.out
    made = load_tape(project, "cassettes/anthropic/old.yaml")
    assert f"My key is {MASK}".encode() in made.exchanges[0].request.body


def test_a_project_says_what_else_is_kept(harness: Harness, project: Path) -> None:
    write(project, '[tool.harness]\nheader-allow = ["x-mine-*"]\n', "pyproject.toml")
    write(project, recorded(headers={"x-mine-too": ["1"]}), "old.json")
    harness("import", "old.json")
    made = load_tape(project, "cassettes/anthropic/old.yaml")
    assert made.exchanges[1].response.headers == (("x-mine-too", "1"),)


def test_a_secret_that_is_left_keeps_the_file_from_being_written(
    harness: Harness, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "entirely-unlike-a-key")
    write(project, recorded(asked="entirely-unlike-a-key"), "old.json")
    done = harness("import", "old.json")
    assert done.code == 4
    assert "H508" in done.err
    assert "SOME_API_KEY" in done.err
    assert "old.json: not imported" in done.err
    assert not (project / "cassettes").exists()


def test_a_dry_run_writes_nothing(harness: Harness, project: Path) -> None:
    write(project, recorded(), "old.json")
    done = harness("import", "--dry-run", "old.json")
    assert done.code == 0
    assert done.out.endswith("nothing was written: --dry-run\n")
    assert not (project / "cassettes").exists()


def test_what_is_there_is_not_written_over_unless_one_says_so(
    harness: Harness, project: Path
) -> None:
    write(project, recorded(), "old.json")
    there = write(project, "mine", "cassettes/anthropic/old.yaml")
    done = harness("import", "old.json")
    assert done.code == 2
    assert "--force" in done.err
    assert there.read_text() == "mine"
    assert harness("import", "--force", "old.json").code == 0
    assert paper.load(there.read_bytes(), "x").exchanges


def test_one_says_where_to_and_whose_wire_it_is(
    harness: Harness, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, recorded(), "old.json")
    assert harness("import", "old.json", "--provider", "gemini").code == 0
    assert (project / "cassettes/gemini/old.yaml").exists()
    (project / "sub").mkdir()
    monkeypatch.chdir(project / "sub")
    assert harness("import", "../old.json", "--to", "tapes").code == 0
    assert (project / "sub/tapes/old.yaml").exists()


def test_large_base64_is_folded_unless_vcrpy_is_to_play_it(
    harness: Harness, project: Path
) -> None:
    image = b64encode(random.Random(1).randbytes(60_000)).decode()
    write(project, recorded(asked=image), "old.json")
    file = project / "cassettes/anthropic/old.yaml"
    assert harness("import", "old.json").code == 0
    assert image not in file.read_text("utf-8")
    (blob,) = (project / "cassettes/blobs").iterdir()
    assert blob.read_text() == image
    folded = load_tape(project, "cassettes/anthropic/old.yaml")
    write(project, "[tool.harness]\nblobs = false\n", "pyproject.toml")
    assert harness("import", "old.json", "--force").code == 0
    assert image in file.read_text("utf-8")
    assert load_tape(project, "cassettes/anthropic/old.yaml") == folded


def test_a_wire_of_nobody_is_imported_all_the_same(
    harness: Harness, project: Path
) -> None:
    nobody = recorded().replace("/v1/messages", "/v1/poems")
    write(project, nobody, "old.json")
    assert "-> cassettes/imported/old.yaml" in harness("import", "old.json").out


def test_a_folder_is_imported_as_it_stands(harness: Harness, project: Path) -> None:
    for name in ("tests/a/x.json", "tests/b/x.yaml", "tests/b/notes.txt"):
        write(project, recorded(), name)
    assert harness("import", "tests").code == 0
    found = sorted((project / "cassettes").rglob("*.yaml"))
    assert [f.relative_to(project).as_posix() for f in found] == [
        "cassettes/anthropic/a/x.yaml",
        "cassettes/anthropic/b/x.yaml",
    ]


def test_two_files_are_never_made_one(harness: Harness, project: Path) -> None:
    write(project, recorded(), "a/x.json")
    write(project, recorded(), "b/x.json")
    done = harness("import", "a/x.json", "b/x.json")
    assert done.code == 2
    assert "a/x.json and b/x.json would both be cassettes/anthropic/x.yaml" in done.err
    assert not (project / "cassettes").exists()


def test_one_bad_file_keeps_no_other_from_being_imported(
    harness: Harness, project: Path
) -> None:
    write(project, recorded(), "good.json")
    write(project, recorded().replace('"POST"', "[]").replace('"GET"', "3"), "bad.json")
    done = harness("import", "bad.json", "good.json", "none.yaml")
    assert done.code == 4
    assert done.err.count("error[H503]") == 2
    assert "bad.json:1:" in done.err
    assert "bad.json: not imported" in done.err
    assert "none.yaml does not exist" in done.err
    assert (project / "cassettes/anthropic/good.yaml").exists()
    assert not (project / "cassettes/anthropic/bad.yaml").exists()


def test_what_is_no_http_is_left_out_with_its_place(
    harness: Harness, project: Path
) -> None:
    write(project, recorded(ws_interactions=[{}]), "old.json")
    done = harness("import", "old.json")
    assert done.code == 0
    assert "a WebSocket: left out, since it is no HTTP exchange" in done.out
    assert "    old.json:1:" in done.out


def test_an_answer_its_provider_cannot_read_is_kept_and_said_to_be(
    harness: Harness, project: Path
) -> None:
    write(project, recorded().replace("data: {", "data: {{"), "old.json")
    done = harness("import", "old.json")
    assert done.code == 0
    assert "anthropic cannot read the answer" in done.out
    assert len(load_tape(project, "cassettes/anthropic/old.yaml").exchanges) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["old.json", "--provider", "anthropc"], "anthropic"),
        (["old.json", "--to", "/tmp"], "outside the project"),
        (["old.json", "--to", "../elsewhere"], "outside the project"),
        (["specs"], "no .yaml, .yml, .json, .toml file in specs"),
        ([], "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_told(
    harness: Harness, project: Path, arguments: list[str], said: str
) -> None:
    write(project, recorded(), "old.json")
    done = harness("import", *arguments)
    assert done.code == 2
    assert said in done.err


FIXTURES = {
    "fixtures": [
        {
            "match": {"userMessage": "weather"},
            "response": {
                "toolCalls": [{"name": "get_weather", "arguments": {"city": "Paris"}}]
            },
        },
        {
            "match": {"userMessage": "weather", "hasToolResult": True},
            "response": {"content": "Rain 🦩"},
            "latency": 5,
        },
        {
            "match": {"inputText": "x", "endpoint": "embedding"},
            "response": {"embedding": [1]},
        },
        {
            "match": {},
            "response": {"error": {"message": "busy", "type": "overloaded_error"}},
        },
    ]
}


def test_fixtures_become_a_suite_that_every_provider_passes(
    harness: Harness, project: Path
) -> None:
    write(project, json.dumps(FIXTURES, indent=2), "mock/two words.json")
    done = harness("import", "mock/two words.json")
    assert (done.code, done.err) == (0, "")
    first, second, *told = done.out.splitlines()
    assert first == (
        "mock/two words.json   aimock, 3 of 4 fixtures in 2 cases "
        "-> specs/two-words.spec.yaml"
    )
    assert second == "    next: harness run specs/two-words.spec.yaml"
    assert told == [
        "    mock/two words.json:26:18: latency is not taken over: "
        "a suite keeps no time; every cut and no delay is tried instead",
        "    mock/two words.json:31:21: left out: a suite asks no 'embedding' endpoint",
    ]
    ran = harness("run", "specs/two-words.spec.yaml")
    assert ran.code == 0, ran.out
    assert "passed" in ran.out
    assert harness("validate").code == 0


def test_fixtures_are_of_one_provider_if_one_says_so(
    harness: Harness, project: Path
) -> None:
    write(project, json.dumps(FIXTURES), "mock.json")
    harness("import", "mock.json", "--provider", "anthropic", "--to", "specs/mine")
    text = (project / "specs/mine/mock.spec.yaml").read_text("utf-8")
    assert "defaults: {provider: anthropic}\n" in text
    assert harness("run").code == 0


def test_a_key_in_a_fixture_is_not_written(harness: Harness, project: Path) -> None:
    write(project, json.dumps(FIXTURES).replace("Rain", KEY), "mock.json")
    done = harness("import", "mock.json")
    assert done.code == 4
    assert "H508" in done.err
    assert KEY not in done.err + done.out
    assert not (project / "specs/mock.spec.yaml").exists()
