"""Of what is planted nothing reaches the disk, in whatever form."""

from __future__ import annotations

import json
import re
import urllib.parse
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cassette import paper
from harness.cassette.match import request_differences
from harness.cassette.redact import redact
from harness.cassette.tape import Tape, settled
from harness.errors import CassetteError
from harness.shell.files import save_tape
from tests.cassette.planted import ENVIRONMENT, PEOPLE, PLANTED, Planted


def readings(data: bytes) -> Iterator[str]:
    """All that somebody could read in a file: by means other than those that are tested."""
    text = data.decode()
    tape = paper.load(data, "x")
    values = [text, re.sub(r"\\\n\s*\\?", "", text)]
    for exchange in tape.exchanges:
        body = b"".join(exchange.response.chunks)
        values += [exchange.request.url, exchange.request.body.decode(errors="replace")]
        values += [body.decode(errors="replace")]
        values.append("".join(re.findall(r'"t": "([^"]*)"', values[-1])))
    for value in values:
        yield value
        yield urllib.parse.unquote(value)
        yield (
            value.encode()
            .decode("unicode_escape", "replace")
            .encode("latin-1", "replace")
            .decode(errors="replace")
        )
        for run in re.findall(r"[A-Za-z0-9+/_-]{16,}", value):
            whole = run.replace("-", "+").replace("_", "/")
            packed = b64decode(whole[: len(whole) // 4 * 4]).decode(errors="replace")
            yield packed
            yield from (
                b64decode(r + "==").decode(errors="replace")
                for r in re.findall(r"[A-Za-z0-9+/]{16,}", packed)
                if len(r) % 4 != 1
            )


def shows(data: bytes, found: Planted) -> bool:
    """Whether the secret, or what tells most of it, can be read in the file."""
    most = found.telling
    forms = (most, json.dumps(most)[1:-1], b64encode(most.encode()).decode()[2:-4])
    return any(form in text for text in readings(data) for form in forms)


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_masked_or_not_written(name: str, tmp_path: Path) -> None:
    found: Planted = PLANTED[name]
    tape = settled(Tape((redact(found.exchange),)))
    refused = refusal(tmp_path, tape)
    if refused is None:
        assert not shows((tmp_path / "x.yaml").read_bytes(), found)
    else:
        assert {problem.code for problem in refused.problems} == {"H508"}
        assert all(found.secret[:12] not in str(p) for p in refused.problems)
        assert [*tmp_path.iterdir()] == []


def refusal(folder: Path, tape: Tape) -> CassetteError | None:
    try:
        save_tape(folder, "x.yaml", tape, ENVIRONMENT)
    except CassetteError as error:
        return error
    return None


def test_there_are_enough_of_them_and_each_can_be_seen() -> None:
    assert len(PLANTED) >= 60
    unseen = [
        name
        for name, found in PLANTED.items()
        if not shows(paper.dump(Tape((found.exchange,))), found)
    ]
    # Those that are in a header or a cookie are seen in the file as it stands.
    assert unseen == []


def test_who_somebody_is_is_masked_and_not_refused(tmp_path: Path) -> None:
    for name in PEOPLE:
        for place in ("in the question", "in a stream, in two chunks"):
            tape = settled(Tape((redact(PLANTED[f"{name} {place}"].exchange),)))
            save_tape(tmp_path, "x.yaml", tape, ENVIRONMENT)


@pytest.mark.parametrize("name", [n for n in PLANTED if "in the question" in n])
def test_a_masked_question_is_the_same_as_the_one_that_was_masked(name: str) -> None:
    asked = PLANTED[name].exchange.request
    masked = redact(PLANTED[name].exchange).request
    assert request_differences(masked, asked) == []


@pytest.mark.parametrize("name", PLANTED)
def test_masking_twice_is_masking_once(name: str) -> None:
    once = redact(PLANTED[name].exchange)
    assert redact(once) == once
