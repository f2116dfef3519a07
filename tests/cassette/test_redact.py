"""What must not stand on a tape, and what may."""

from __future__ import annotations

import base64
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cassette.redact import harmless, redact
from harness.cassette.scan import scan
from harness.cassette.secret import MASK, secrets_in
from harness.cassette.tape import Exchange
from harness.errors import Place
from harness.wire.http import Request, Response

KEY = "q7Rk2" + "mZ9xW4vB8nL1cF6hD3"
SECRETS = {"SOME_API_KEY": KEY}


@pytest.mark.parametrize(
    "name",
    [
        "Content-Type",
        "CONTENT-TYPE",
        "retry-after",
        "anthropic-version",
        "Request-Id",
        "x-request-id",
        "X-RateLimit-Remaining-Tokens",
        "anthropic-ratelimit-tokens-limit",
        "x-amzn-errortype",
    ],
)
def test_harmless_headers_are_kept_in_any_case(name: str) -> None:
    assert harmless(((name, "v"),)) == ((name, "v"),)


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "X-Api-Key",
        "x-goog-api-key",
        "Set-Cookie",
        "SET-COOKIE",
        "cookie",
        "anthropic-organization-id",
        "openai-organization",
        "openai-project",
        "x-goog-user-project",
        "cf-ray",
        "x-anything-else",
    ],
)
def test_all_others_are_left_out(name: str) -> None:
    assert harmless(((name, "v"),)) == ()


def test_redaction_goes_both_ways_and_leaves_bodies() -> None:
    given_ = Exchange(
        Request(
            "POST",
            "https://u:p@h/x?key=abc&alt=sse",
            (("Authorization", "b"), ("Accept", "c")),
            b"body",
        ),
        Response(
            200, (("Set-Cookie", "d"), ("Date", "e")), (b"a", b"b"), (1, 2), "cut"
        ),
    )
    assert redact(given_) == Exchange(
        Request("POST", f"https://h/x?key={MASK}&alt=sse", (("Accept", "c"),), b"body"),
        Response(200, (("Date", "e"),), (b"a", b"b"), (1, 2), "cut"),
    )


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("http://h/?a=1&api_key=s#f", "http://h/?a=1&api_key=*#f"),
        ("http://h/?API-KEY=s&b=2", "http://h/?API-KEY=*&b=2"),
        ("http://h/?access_token=s", "http://h/?access_token=*"),
        ("http://h/?X-Amz-Signature=s&c=/", "http://h/?X-Amz-Signature=*&c=/"),
        ("http://h/?monkey=s", "http://h/?monkey=s"),
        ("http://h/?q=user@example", "http://h/?q=user@example"),
    ],
)
def test_secrets_in_a_query_are_masked(url: str, masked: str) -> None:
    done = redact(Exchange(Request("GET", url), Response(200)))
    assert done.request.url == masked.replace("*", MASK)


# In two pieces, or this file would be a leak itself.
SHAPED = {
    "sk-": "sk-" + "ant-api03-Ab3dEf6hIj9kLmN0pQr5",
    "AIza": "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "AKIA": "AKIA" + "J5QL7W3ZXN2M4B6C",
    "ghp_": "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "gsk_": "gsk_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6",
    "hf_": "hf_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7",
    "xai-": "xai-" + "a1B2c3D4e5F6g7H8i9J0" * 4,
    "Bearer ": "Bearer " + "a1B2c3D4e5F6g7H8",
}


@pytest.mark.parametrize("shape", SHAPED)
@pytest.mark.parametrize(
    "around", ["{}", '"{}"', "key={}&", "a\\n{}\\n", "({}).", "é{}é"]
)
def test_what_looks_like_a_key_is_found(shape: str, around: str) -> None:
    text = "first\n  " + around.format(SHAPED[shape])
    for form in (text, text.encode(), b"\xff\0\n" + text.encode()):
        (leak,) = scan(form, {})
        assert leak.what == f"a key of the shape {shape}..."
        assert SHAPED[shape] not in repr(leak)


def test_a_leak_has_its_line_and_column() -> None:
    (leak,) = scan(f"é: 1\n🦩: {SHAPED['hf_']}", {}, "x.yaml")
    assert leak.place == Place("x.yaml", 2, 4)


@pytest.mark.parametrize(
    "text",
    [
        "task-" + "ant-api03-Ab3dEf6hIj9kLmN0pQr5",
        "sk-" + "your-api-key-goes-here-please",
        "sk-" + "1111111111111111111111111111",
        "AIza" + "x" * 60 + "12345678",
        f"Bearer {MASK}",
        "Bearer of good news, twice",
        base64.b64encode(bytes(range(256)) * 40).decode(),
    ],
)
def test_what_only_resembles_a_key_is_let_pass(text: str) -> None:
    assert scan(text, {}) == []


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        f"https://h/?x={KEY}&y",
        base64.b64encode(f"user:{KEY}".encode()).decode(),
        base64.b64encode(f"users:{KEY}!!".encode()).decode(),
        base64.b64encode(KEY.encode()).decode(),
    ],
)
def test_a_known_secret_is_found_in_every_form(form: str) -> None:
    (leak,) = scan(f"a\nb {form} c", SECRETS)
    assert leak.what.startswith("the value of SOME_API_KEY")
    assert leak.place.line == 2


@given(
    st.text(min_size=8, max_size=20, alphabet=st.characters(codec="utf-8")),
    st.binary(max_size=7),
    st.binary(max_size=7),
)
def test_any_secret_is_found_however_it_is_packed(
    secret: str, before: bytes, after: bytes
) -> None:
    packed = before + secret.encode() + after
    forms = [
        secret,
        json.dumps(secret),
        urllib.parse.quote(secret, safe=""),
        base64.b64encode(packed).decode(),
        base64.urlsafe_b64encode(packed).decode().rstrip("="),
    ]
    for form in forms:
        assert scan(f"<{form}>", {"X": secret})


def test_a_short_secret_is_not_looked_for() -> None:
    assert scan("a test of tests", {"X": "test"}) == []


def test_secrets_are_known_by_their_names() -> None:
    secret = [
        "OPENAI_API_KEY",
        "HF_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "MY_PASSWORD",
        "GITHUB_PAT",
        "OPENAI_APIKEY",
        "GEMINI_KEY",
        "API_KEY_2",
        "llm_key",
        "PGPASSWORD",
        "MYSQL_PWD",
        "DB_PASS",
        "SECRET_KEY_BASE",
        "API_KEY_EAST",
        "PRIVATE_KEY_PEM",
        "SESSION_COOKIE",
        "SLACK_WEBHOOK_URL",
    ]
    other = [
        "PATH",
        "KEYBOARD",
        "MONKEY",
        "TOKENIZERS_PARALLELISM",
        "HOME",
        "PATTERN",
        "PWD",
        "OLDPWD",
    ]
    environment = dict.fromkeys([*secret, *other], "long enough")
    assert sorted(secrets_in(environment)) == sorted(secret)
    assert secrets_in({"API_KEY": "short"}) == {}


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "100000000",
        "/home/me/.keys/x.json",
        "~/.ssh/id_rsa",
        "https://h/token",
        MASK,
    ],
)
def test_what_is_no_secret_is_none_whatever_its_name(value: str) -> None:
    assert secrets_in({"SOME_TOKEN": value}) == {}


def test_a_key_that_begins_like_a_path_is_a_key() -> None:
    value = "/q7Rk2mZ9xW+4vB8nL1cF6hD3s"
    assert secrets_in({"AWS_SECRET_ACCESS_KEY": value}) == {
        "AWS_SECRET_ACCESS_KEY": value
    }


def test_a_password_in_an_address_is_looked_for_in_both_ways() -> None:
    found = secrets_in({"DATABASE_URL": "postgres://me:p%40ssw0rd9@h/db"})
    assert {*found.values()} == {"p%40ssw0rd9", "p@ssw0rd9"}
    hook = "https://hooks.example.com/services/T0/B0/abcdef"
    assert secrets_in({"SLACK_WEBHOOK_URL": hook}) == {"SLACK_WEBHOOK_URL": hook}
