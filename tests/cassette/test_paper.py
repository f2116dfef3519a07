"""What is written reads back the same, and a person can read it too."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.cassette import _yaml, paper
from harness.cassette.digest import request_digest
from harness.cassette.tape import Exchange, Tape, settled
from harness.errors import CassetteError
from harness.wire.http import Ending, Headers, Request, Response
from tests.cassette.broken import the_problem

AWKWARD = st.sampled_from(
    [
        "|",
        "# no comment",
        ": ",
        "- ",
        "*a",
        "&a",
        "!t",
        "🦩",
        "é",
        "1e5",
        "~",
        "=",
        "<<",
        "2026-01-01",
        "0o17",
        "\\",
        '"',
        "'",
        "---\n",
        "...\n",
        "\t",
        " \n",
        "\n\n",
        "\r\n",
        "\ufeff",
        "\x85",
        "\u2028",
        "\u2029",
        "\x00",
        "\x7f",
        "\ufffe",
        "\U0010ffff",
    ]
)
texts = st.lists(AWKWARD | st.text(max_size=9), max_size=6).map("".join)
bodies = texts.map(str.encode) | st.binary(max_size=40)
names = st.sampled_from(["Content-Type", "content-type", "X-Id", "~", "1"]) | texts
headers: st.SearchStrategy[Headers] = st.lists(st.tuples(names, texts), max_size=4).map(
    tuple
)
requests = st.builds(Request, st.sampled_from(["GET", "POST"]), texts, headers, bodies)


@st.composite
def responses(draw: st.DrawFn) -> Response:
    body = draw(bodies)
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=6)))
    edges = [0, *cuts, len(body)]
    chunks = tuple(body[a:b] for a, b in pairwise(edges))
    if not body and draw(st.booleans()):
        chunks = ()
    times = st.lists(st.integers(0, 99999), min_size=len(chunks), max_size=len(chunks))
    endings: tuple[Ending, ...] = ("eof", "cut", "reset")
    return Response(
        draw(st.integers(100, 599)),
        draw(headers),
        chunks,
        tuple(draw(times | st.just([]))),
        draw(st.sampled_from(endings)),
        draw(texts),
    )


exchanges = st.builds(Exchange, requests, responses())
tapes = st.builds(
    Tape,
    st.lists(exchanges, min_size=1, max_size=3).map(tuple),
    st.dictionaries(texts, texts, max_size=3),
)


# Tapes are large to make, and machines that run tests are busy.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def a_tape(body: bytes = b"hi", **response: Any) -> Tape:
    request = Request("POST", "https://example.com/v1", (("a", "b"),), b'{"q":1}')
    chunks = response.pop("chunks", (body,))
    answer = Response(200, (("c", "d"),), chunks, reason="OK", **response)
    return Tape((Exchange(request, answer),), {"model": "m"})


@patient
@given(tapes)
@example(a_tape(b"a\x85b\nc"))
@example(a_tape("a\u2028b\n".encode()))
def test_what_is_dumped_loads_the_same(tape: Tape) -> None:
    assert paper.load(paper.dump(tape), "x") == settled(tape)


@patient
@given(tapes)
def test_any_reader_of_yaml_finds_the_same_bodies(tape: Tape) -> None:
    text = paper.dump(tape)
    readers: tuple[Any, ...] = (yaml.CSafeLoader, yaml.SafeLoader)
    for loader in readers:
        document = yaml.load(text, loader)
        for exchange, found in zip(
            tape.exchanges, document["interactions"], strict=True
        ):
            body = found["response"]["body"]["string"]
            body = body if isinstance(body, bytes) else body.encode()
            assert body == b"".join(exchange.response.chunks)


@patient
@given(tapes)
def test_settling_a_tape_twice_changes_nothing_more(tape: Tape) -> None:
    assert settled(settled(tape)) == settled(tape)


@patient
@given(st.binary(max_size=200) | texts.map(str.encode))
def test_garbage_is_a_cassette_error_and_nothing_else(text: bytes) -> None:
    assert the_problem(text).code in {"H502", "H503", "H504", "H506", "H507"}


@patient
@given(st.data())
def test_a_file_cut_short_anywhere_is_never_a_tape(data: st.DataObject) -> None:
    text = paper.dump(a_tape("one\n\ntwo 🦩\n\nthree\n".encode()))
    end = data.draw(st.integers(0, len(text) - len(b": 1\n")))
    the_problem(text[:end])


@pytest.mark.parametrize(
    "body",
    ["data: {}\n\ndata: [DONE]\n\n", '{"name":"Zoë 🦩"}', " indented\n", "\nx", "x"],
)
def test_a_body_yaml_can_hold_is_a_block_a_person_can_read(body: str) -> None:
    text = paper.dump(a_tape(body.encode())).decode()
    lines = [f"        {line}".rstrip() for line in body.splitlines()]
    assert "string: |" in text
    assert "\n".join(lines) in text


@pytest.mark.parametrize("body", ["a\r\nb", "a\tb", "a \nb", "\ufeffa", "a\x85b"])
def test_a_body_yaml_cannot_hold_in_a_block_is_quoted(body: str) -> None:
    tape = a_tape(body.encode())
    assert b'string: "' in paper.dump(tape)
    assert paper.load(paper.dump(tape), "x") == tape


def test_bytes_that_are_no_text_are_base64() -> None:
    assert b"string: !!binary" in paper.dump(a_tape(b"\xff\x00"))


def test_the_file_begins_with_what_was_noted_and_ends_with_its_version() -> None:
    tape = a_tape(b"abc", chunks=(b"a", b"bc"), delays=(5, 7), ending="cut")
    assert paper.dump(tape).decode() == (
        "harness:\n"
        "  provenance:\n"
        "    model: m\n"
        f"  requests: {request_digest(tape)}\n"
        "  exchanges:\n"
        "  - chunks: [1, 2]\n"
        "    delays: [5, 7]\n"
        "    ending: cut\n"
        "interactions:\n"
        "- request:\n"
        "    body: |-\n"
        '      {"q":1}\n'
        "    headers:\n"
        "      a:\n"
        "      - b\n"
        "    method: POST\n"
        "    uri: https://example.com/v1\n"
        "  response:\n"
        "    body:\n"
        "      string: |-\n"
        "        abc\n"
        "    headers:\n"
        "      c:\n"
        "      - d\n"
        "    status:\n"
        "      code: 200\n"
        "      message: OK\n"
        "version: 1\n"
    )


def test_what_was_noted_is_read_from_vcrpys_metadata_too() -> None:
    text = paper.dump(a_tape(b"abc", chunks=(b"a", b"bc"), ending="reset"))
    document = yaml.safe_load(text)
    document["metadata"] = {"harness": document.pop("harness")}
    moved = yaml.safe_dump(document).encode()
    assert paper.load(moved, "x") == paper.load(text, "x")


def test_requests_that_were_edited_by_hand_are_said_to_be() -> None:
    text = paper.dump(a_tape()).replace(b'{"q":1}', b'{"q":2}')
    problem = the_problem(text)
    assert problem.code == "H510"
    assert (problem.place.line, problem.place.column) == (4, 13)
    assert "harness update --rebase-request" in str(problem.hint)
    assert paper.load(text, "x", edited=True).exchanges[0].request.body == b'{"q":2}'
    kept = b"".join(line for line in text.splitlines(True) if b"sha256" not in line)
    assert paper.load(kept, "x") == paper.load(text, "x", edited=True)


def test_an_edit_that_means_the_same_is_none() -> None:
    text = paper.dump(a_tape())
    for old, new in (
        (b'{"q":1}', b'{ "q": 1 }'),
        (b"https://example.com/", b"http://localhost:8080/"),
        (b"POST", b"post"),
        (b"    headers:\n      a:\n      - b\n", b"    headers: {}\n"),
    ):
        assert old in text
        assert paper.load(text.replace(old, new, 1), "x").exchanges


def test_the_answer_may_be_edited_and_the_requests_stay_the_same() -> None:
    text = paper.dump(a_tape(b"abc")).replace(b"        abc", b"        cba")
    assert paper.load(text, "x").exchanges[0].response.chunks == (b"cba",)


def test_without_notes_a_body_is_one_chunk_that_came_to_its_end() -> None:
    document = yaml.safe_load(paper.dump(a_tape(b"abc", ending="cut")))
    del document["harness"]
    (exchange,) = paper.load(yaml.safe_dump(document).encode(), "x").exchanges
    assert exchange.response.chunks == (b"abc",)
    assert exchange.response.delays == ()
    assert exchange.response.ending == "eof"


def test_a_tape_that_no_file_can_hold_is_refused() -> None:
    bad = Request("GET", "http://x/\ud800")
    with pytest.raises(CassetteError, match="not YAML"):
        paper.dump(Tape((Exchange(bad, Response(200)),)))


def test_delays_that_fit_no_chunks_are_refused_before_writing() -> None:
    with pytest.raises(CassetteError, match="3 delays for 1 chunks"):
        paper.dump(a_tape(delays=(1, 2, 3)), "x")


def test_what_would_not_read_back_the_same_is_never_given_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Without its guard PyYAML writes U+0085 where it reads it as a line's end.
    monkeypatch.setattr(_yaml, "LOST", re.compile("(?!)"))
    with pytest.raises(CassetteError, match="does not read back the same"):
        paper.dump(replace(a_tape(), provenance={"model": "a\x85b"}))


def test_an_empty_tape_is_not_written() -> None:
    with pytest.raises(CassetteError, match="nothing was recorded"):
        paper.dump(Tape(()))
