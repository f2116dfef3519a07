"""Long base64 is folded out of a cassette, and comes back as it was."""

from __future__ import annotations

import hashlib
import random
from base64 import b64encode, urlsafe_b64encode
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cassette import paper
from harness.cassette.sheet import blobs
from harness.cassette.tape import Exchange, Tape
from harness.errors import CassetteError, Problem
from harness.shell.blobs import blob_folder, fetcher, orphans
from harness.wire.http import Request, Response

IMAGE = random.Random(1).randbytes(60_000)
LONG = b64encode(IMAGE).decode()
NAME = hashlib.sha256(LONG.encode()).hexdigest()
STANDING = f"{{blob sha256:{NAME} {len(LONG)}}}"


NOBODYS: dict[str, bytes] = {}


def a_tape(heard: bytes, asked: bytes = b"{}") -> Tape:
    cut = (heard[:1000], heard[1000:]) if len(heard) > 1000 else (heard,)
    request = Request("POST", "https://example.com/v1/images", (), asked)
    return Tape((Exchange(request, Response(200, (), cut)),))


def picture(text: str = LONG) -> bytes:
    return f'{{"data": [{{"b64_json": "{text}"}}], "usage": 1}}'.encode()


def the_problem(text: bytes, blob: blobs.Fetch | None) -> Problem:
    with pytest.raises(CassetteError) as caught:
        paper.load(text, "tapes/x.yaml", blob)
    (problem,) = caught.value.problems
    assert (problem.place.path, problem.place.line) == ("tapes/x.yaml", 15)
    return problem


def test_a_long_run_stands_once_beside_the_file_and_is_named_by_its_digest() -> None:
    tape = a_tape(picture(), picture())
    text, held = paper.dump_folded(tape)
    assert held == {NAME: LONG.encode()}
    assert text.count(STANDING.encode()) == 2
    assert len(text) < 1000
    assert paper.load(text, "x", held.get) == tape


def test_a_person_can_read_what_is_around_it() -> None:
    text = paper.dump_folded(a_tape(picture()))[0].decode()
    assert "string: !folded |-\n" in text
    assert f'        {{"data": [{{"b64_json": "{STANDING}"}}], "usage": 1}}\n' in text


def test_chunks_are_those_of_the_body_as_it_was() -> None:
    text, held = paper.dump_folded(a_tape(picture()))
    assert f"chunks: [1000, {len(picture()) - 1000}]" in text.decode()
    (exchange,) = paper.load(text, "x", held.get).exchanges
    assert [*map(len, exchange.response.chunks)] == [1000, len(picture()) - 1000]


@pytest.mark.parametrize("pack", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("size", [60_000, 60_001, 60_002])
def test_either_alphabet_folds_with_its_padding(pack: object, size: int) -> None:
    packed = pack(random.Random(2).randbytes(size)).decode()  # type: ignore[operator]  # one of the two above
    tape = a_tape(f"data: {packed}\n\n".encode())
    text, held = paper.dump_folded(tape)
    assert [*held.values()] == [packed.encode()]
    assert paper.load(text, "x", held.get) == tape


def test_bytes_that_are_no_text_are_folded_whole() -> None:
    tape = a_tape(IMAGE * 2)
    text, held = paper.dump_folded(tape)
    assert [*held.values()] == [IMAGE * 2]
    assert b"!!binary" not in text
    assert paper.load(text, "x", held.get) == tape


def test_what_is_shorter_than_64_kib_stays_where_it_is() -> None:
    for body in (picture(LONG[: blobs.FOLD - 1]), IMAGE[:60_000]):
        text, held = paper.dump_folded(a_tape(body))
        assert not held
        assert text == paper.dump(a_tape(body))
    assert paper.dump_folded(a_tape(picture(LONG[: blobs.FOLD])))[1]


def test_one_may_fold_less_or_more_but_never_text_a_person_reads() -> None:
    short = picture(LONG[:5000])
    assert not paper.dump_folded(a_tape(short), least=5001)[1]
    assert paper.dump_folded(a_tape(short), least=5000)[1]
    assert not paper.dump_folded(a_tape(picture(LONG[:4000])), least=1)[1]


def test_unless_asked_to_nothing_is_folded() -> None:
    assert (
        paper.dump(a_tape(picture()))
        == paper.dump_folded(a_tape(picture()), least=None)[0]
    )
    assert LONG.encode() in paper.dump(a_tape(picture()))


def test_a_body_that_has_such_text_of_its_own_is_not_taken_for_folded() -> None:
    for body in (picture(STANDING), picture(f"{STANDING} {LONG}")):
        text, held = paper.dump_folded(a_tape(body))
        assert not held
        assert paper.load(text, "x") == a_tape(body)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                LONG[:5000],
                LONG[:4096],
                LONG[:4095],
                STANDING,
                "=",
                "==",
                "é",
                "\n",
                " ",
                "{blob sha256:",
                "\x85",
            ]
        )
        | st.text(max_size=5),
        max_size=6,
    ).map("".join)
)
def test_what_is_folded_unfolds_to_the_same(body: str) -> None:
    tape = a_tape(body.encode(errors="replace"), body.encode(errors="replace"))
    text, held = paper.dump_folded(tape, least=4096)
    assert paper.load(text, "x", held.get) == tape
    for name, blob in held.items():
        assert hashlib.sha256(blob).hexdigest() == name


def test_a_missing_blob_is_said_to_be_with_its_name() -> None:
    text, _ = paper.dump_folded(a_tape(picture()))
    problem = the_problem(text, NOBODYS.get)
    assert problem.code == "H512"
    assert NAME[:12] in problem.message
    assert f"blobs/{NAME}" in str(problem.hint)
    assert the_problem(text, None).code == "H512"


def test_a_damaged_blob_is_said_to_be() -> None:
    text, _ = paper.dump_folded(a_tape(picture()))
    problem = the_problem(text, {NAME: LONG.encode()[:-1]}.get)
    assert (problem.code, problem.message) == ("H513", f"blob {NAME[:12]}… is damaged")


def test_a_size_that_is_none_of_its_blob_is_said_to_be() -> None:
    text, held = paper.dump_folded(a_tape(picture()))
    wrong = text.replace(f" {len(LONG)}}}".encode(), b" 12}")
    problem = the_problem(wrong, held.get)
    assert problem.code == "H513"
    assert problem.message.endswith(f"has {len(LONG)} bytes, not 12")


def test_a_small_file_cannot_unfold_without_end() -> None:
    text, held = paper.dump_folded(a_tape(picture()))
    many = 1 + paper.MOST_UNPACKED // len(LONG)
    problem = the_problem(
        text.replace(STANDING.encode(), STANDING.encode() * many), held.get
    )
    assert problem.code == "H507"


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "0" * 63, "0" * 65])
def test_a_name_that_is_no_digest_stands_for_nothing(name: str) -> None:
    text, _ = paper.dump_folded(a_tape(picture()))
    asked: list[str] = []
    bad = text.replace(NAME.encode(), name.encode())
    problem = the_problem(bad, lambda name: asked.append(name))
    assert problem.code == "H503"
    assert asked == []


def test_one_bad_name_among_good_ones_is_not_passed_over() -> None:
    text, held = paper.dump_folded(a_tape(picture()))
    bad = text.replace(b'"usage"', b"{blob sha256:0 1}")
    assert "not all that begins like a blob" in the_problem(bad, held.get).message


def test_runs_a_little_too_short_are_read_once() -> None:
    """Which took minutes when each of their letters was a place to begin."""
    body = (LONG[: blobs.FOLD - 1].encode() + b" ") * 160
    assert blobs.fold(body, blobs.FOLD) is None


def test_no_other_reader_takes_what_stands_there_for_the_body() -> None:
    text, _ = paper.dump_folded(a_tape(picture()))
    with pytest.raises(yaml.constructor.ConstructorError, match="!folded"):
        yaml.safe_load(text)


# ------------------------------------------------------------------------- on disk


def kept(file: Path, tape: Tape) -> dict[str, bytes]:
    text, held = paper.dump_folded(tape)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text)
    for name, blob in held.items():
        path = blob_folder(file) / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(blob)
    return held


def test_one_picture_shown_to_many_is_kept_once(tmp_path: Path) -> None:
    for provider in ("anthropic", "gemini"):
        file = tmp_path / "cassettes" / provider / "x.yaml"
        kept(file, a_tape(picture()))
        assert paper.load(file.read_bytes(), "x", fetcher(file)) == a_tape(picture())
    found = [p for p in tmp_path.rglob("*") if p.is_file() and p.suffix != ".yaml"]
    assert found == [tmp_path / "cassettes" / "blobs" / NAME]


def test_a_cassette_elsewhere_keeps_its_blobs_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "recorded" / "x.yaml"
    assert blob_folder(file) == tmp_path / "recorded" / "blobs"


def test_what_is_no_blob_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    (folder / ("a" * 64)).mkdir(parents=True)
    (tmp_path / "secret").write_text("s")
    fetch = fetcher(tmp_path / "x.yaml")
    assert fetch("a" * 64) is None
    assert fetch("b" * 64) is None
    assert fetch("../secret") is None


def test_a_blob_that_nobody_wants_any_more_is_an_orphan(tmp_path: Path) -> None:
    home = tmp_path / "cassettes"
    file = home / "anthropic" / "x.yaml"
    kept(file, a_tape(picture()))
    assert [*orphans(home)] == []
    other = replace(a_tape(picture(LONG[::-1])), provenance={"a": "b"})
    kept(file, other)
    assert [*orphans(home)] == [home / "blobs" / NAME]
    assert [*orphans(tmp_path / "nowhere")] == []
