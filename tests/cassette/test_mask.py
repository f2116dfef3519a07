"""Masks: what is masked, how the rest stays, and where chunks are cut then."""

from __future__ import annotations

import itertools
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cassette.mask import masked, masked_bytes, masked_chunks
from harness.cassette.redact import Rules, redact
from harness.cassette.secret import MASK
from harness.cassette.tape import Exchange
from harness.wire import eventstream
from harness.wire.frame import Frame
from harness.wire.http import Request, Response

MAIL = "ada.lovelace@" + "analytical-engines.co.uk"
ORG = "org-" + "a1B2c3D4e5F6g7H8i9J0"
PEM = "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"write to {MAIL}.", "write to *."),
        (f'"a\\n{MAIL}"', '"a\\n*"'),
        (f'"a\\u00e9{MAIL}"', '"a\\u00e9*"'),
        (f"Zoë {MAIL}", "Zoë *"),
        (f"{ORG}, please", "*, please"),
        (f"in organization `{ORG.replace('-', '_')}`", "in organization `*`"),
        ("not used in project 481516234299 before", "not used in project * before"),
        ("overview?project=481516234299", "overview?project=*"),
        ("postgres://me:hunter22@db:5432/x", "postgres://me:*@db:5432/x"),
        ("see https://h/?a=1&key=ab12cd&b", "see https://h/?a=1&key=*&b"),
        ("https://h/?X-Amz-Signature=0a1b2c3d", "https://h/?X-Amz-Signature=*"),
        ("refresh_token=ab12cd34&a=b", "refresh_token=*&a=b"),
        ("1//0" + "gAb1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u", "*"),
        ('{"x-api-key": ["ab12cd34"]}', '{"x-api-key": ["*"]}'),
        ('{\\"api_key\\":\\n \\"ab12\\"}', '{\\"api_key\\":\\n \\"*\\"}'),
        (f'{{"api_key": "{"x" * 9}"}}', '{"api_key": "*"}'),
        ('{\\"password\\": \\"hunter22\\"}', '{\\"password\\": \\"*\\"}'),
        ('{"password": "hun\\"ter22abc", "b": "c"}', '{"password": "*", "b": "c"}'),
        ('{\\"password\\": \\"hun\\\\\\"ter22\\"}', '{\\"password\\": \\"*\\"}'),
        (f"?m={MAIL.replace('@', '%40')}&x", "?m=*&x"),
        ('{"organization_id": "0a1b2c3d"}', '{"organization_id": "*"}'),
        (PEM.format("MIIEow" * 9), PEM.format("").replace("\n", "*", 1).replace("*\n", "*")),
        (f'"{PEM.format("MIIEow" * 20)}"'.replace("\n", "\\n"), '"{}"'.format(PEM.format("*")).replace("\n", "")),
        ("-----BEGIN PRIVATE KEY-----\n" + "MIIEow" * 20, "-----BEGIN PRIVATE KEY-----*"),
        ("Bearer " + "a1B2c3D4e5F6g7H8", "Bearer *"),
        ("arn:aws:iam::481516234299:role/x", "arn:aws:iam::*:role/x"),
    ],
)  # fmt: skip
def test_what_tells_too_much_is_masked_and_nothing_else(text: str, left: str) -> None:
    assert masked(text) == left.replace("*", MASK)
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"max_tokens": 5, "token_type": "bearer", "prompt_tokens": "many"}',
        '{"password": {"type": "string"}, "secret": "no"}',
        "git@github.com:simonw/llm.git",
        "someone@example.com and other@sub.example.org and x@y.test",
        "@decorator @property a@b, c@d.e1",
        "user-agent, org-chart, proj_manager, projects/new",
        "org-administrators, user-representativesofall, proj_configurations",
        "sorted(a, key=str.lower2), ?key=YOUR_API_KEY, monkey=1234567",
        "the project 2024, project=x1, http://h:8080/a@b",
        '{"a":"-----BEGIN PRIVATE KEY-----","b":"-----END"}',
        'data: {"j":"{\\"api_key\\": \\"ab12"}\n\ndata: {"j":"cd34\\"}"}',
        'data: {"api_key": "ab12\n\ndata: {"a": "b"}',
        "-----BEGIN PUBLIC KEY-----\nMIIBIj\n-----END PUBLIC KEY-----",
        MASK,
    ],
)
def test_what_only_looks_like_it_is_left(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        '"password": "' + '\\\\\\"' * 20_000,
        "-----BEGIN PRIVATE KEY-----" + "A" * 100_000 + "-",
        "-----BEGIN PRIVATE KEY-----\\n" * 20_000,
        '"password": "aaaa\n' * 20_000,
        "organization " * 20_000 + "-",
        "://a:" * 20_000,
        "/ABSK" * 20_000 + "_",
    ],
)
def test_a_text_that_was_made_to_take_for_ever_does_not(text: str) -> None:
    assert len(masked(text)) <= len(text)


def test_chunks_are_cut_where_they_were_and_waits_are_kept() -> None:
    chunks = (b"to: ada.love", b"lace@analytic", b"al-engines", b".co.uk\n", b"bye")
    found, waits = masked_chunks(chunks, (), (1, 2, 3, 4, 5))
    assert b"".join(found) == b"to: REDACTED\nbye"
    assert found == (b"to: REDACTED", b"\n", b"bye")
    assert waits == (1, 9, 5)


@given(st.lists(st.integers(0, 40), max_size=6))
def test_cuts_outside_of_a_mask_stay_at_the_same_bytes(places: list[int]) -> None:
    text = f"first {MAIL} and {ORG} last".encode()
    edges = sorted({0, *(min(place, len(text)) for place in places), len(text)})
    chunks = tuple(text[a:b] for a, b in itertools.pairwise(edges))
    found, waits = masked_chunks(chunks, (), tuple(range(len(chunks))))
    assert b"".join(found) == f"first {MASK} and {MASK} last".encode()
    assert len(found) == len(waits)
    assert sum(waits) == sum(range(len(chunks)))
    assert all(found)
    if edges[1] <= 6:
        assert found[0] == chunks[0]


@given(st.text(max_size=60), st.sampled_from([MAIL, ORG, "x@" * 3 + MAIL, ""]))
def test_masking_again_changes_nothing(text: str, secret: str) -> None:
    once = masked(text + secret + text)
    assert masked(once) == once


@given(st.recursive(st.text() | st.sampled_from([MAIL, ORG]), lambda x: st.lists(x)))
def test_json_stays_json(value: object) -> None:
    json.loads(masked(json.dumps(value)))
    json.loads(masked_bytes(json.dumps(value, ensure_ascii=False).encode()))


def test_a_project_may_mask_and_keep_more() -> None:
    rules = Rules(
        ("x-acme-*",),
        (re.compile(rb"tenant-(?P<mask>[0-9]+)"), re.compile(rb"Project X")),
    )
    exchange = Exchange(
        Request("GET", "https://h/tenant-12", (("X-Acme-Id", "tenant-3"),), b""),
        Response(200, (("x-other", "1"),), (b"Project X of tenant-9",)),
    )
    done = redact(exchange, rules)
    assert done.request.url == f"https://h/tenant-{MASK}"
    assert done.request.headers == (("X-Acme-Id", f"tenant-{MASK}"),)
    assert done.response.headers == ()
    assert done.response.chunks == (f"{MASK} of tenant-{MASK}".encode(),)
    assert redact(done, rules) == done
    endless = Rules((), (re.compile(rb"a?REDACTED"),))
    assert redact(exchange, endless).response.chunks == exchange.response.chunks


def streamed(*said: str) -> Exchange:
    frames = [Frame(json.dumps({"text": text}), "messageStart") for text in said]
    kind = (("content-type", "application/vnd.amazon.eventstream"),)
    chunks = tuple(eventstream.write(frames))
    waits = tuple(range(1, len(chunks) + 1))
    return Exchange(Request("POST", "https://h/"), Response(200, kind, chunks, waits))


def test_a_binary_stream_is_masked_frame_by_frame() -> None:
    done = redact(streamed("hello", f"write to {MAIL}")).response
    frames = [*eventstream.read(done.chunks)]
    assert [json.loads(f.data)["text"] for f in frames] == ["hello", f"write to {MASK}"]
    assert sum(done.delays) == 3
    clean = streamed("hello", "again")
    assert redact(clean) == clean
    broken = streamed(MAIL)
    response = Response(200, broken.response.headers, (b"\0\0\0\1",))
    damaged = Exchange(broken.request, response)
    assert redact(damaged) == damaged


def test_a_stream_that_is_cut_inside_a_letter_is_masked_up_to_there() -> None:
    body = f"{MAIL} Zo".encode() + b"\xc3"
    response = Response(200, (), (body,), (), "cut")
    done = redact(Exchange(Request("GET", "https://h/"), response))
    assert done.response.chunks == (f"{MASK} Zo".encode() + b"\xc3",)
