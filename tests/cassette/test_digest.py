"""A digest is the same for requests that mean the same, and for no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.cassette.digest import request_digest
from harness.cassette.tape import Exchange, Tape
from harness.wire.http import Request, Response

ASKED = Request(
    "POST", "https://h/v1/x?a=1", (("a", "b"),), b'{"b": [1, 2], "a": null}'
)


def digest(*requests: Request) -> str:
    return request_digest(Tape(tuple(Exchange(r, Response(200)) for r in requests)))


@pytest.mark.parametrize(
    "same",
    [
        replace(ASKED, url="http://localhost:1/v1/x?a=1"),
        replace(ASKED, url="https://me@h/v1/x?a=1#part"),
        replace(ASKED, headers=()),
        replace(ASKED, method="post"),
        replace(ASKED, body=b'{"a":null,"b":[1,2]}'),
    ],
)
def test_what_means_the_same_has_the_same_digest(same: Request) -> None:
    assert digest(same) == digest(ASKED)


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, url="https://h/v1/y?a=1"),
        replace(ASKED, url="https://h/v1/x?a=2"),
        replace(ASKED, url="https://h/v1/x"),
        replace(ASKED, method="GET"),
        replace(ASKED, body=b'{"b": [2, 1], "a": null}'),
        replace(ASKED, body=b'{"b": [1, 2], "a": false}'),
        replace(ASKED, body=b""),
        replace(ASKED, body=b"no JSON"),
    ],
)
def test_what_means_something_else_has_another(other: Request) -> None:
    assert digest(other) != digest(ASKED)


def test_the_number_and_the_order_of_requests_count() -> None:
    other = replace(ASKED, method="GET")
    assert len({digest(), *map(digest, (ASKED, other))}) == 3
    assert digest(ASKED, other) != digest(other, ASKED)
    assert digest(ASKED, ASKED) != digest(ASKED)


@pytest.mark.parametrize("url", ["https://h", "https://h/", "https://h?a", "/v1", "v1"])
def test_any_url_has_one(url: str) -> None:
    assert digest(replace(ASKED, url=url)).startswith("sha256:")


def test_a_body_nested_beyond_reason_has_one() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert digest(replace(ASKED, body=deep)) != digest(replace(ASKED, body=deep[1:]))


def test_the_digest_stays_what_it_was() -> None:
    """It stands in files: when this changes, every one of them is stale."""
    assert digest(ASKED) == (
        "sha256:0bb54f2a1937591476ab5ecbf2ecb88ce4993a9a59aed7667b66e814630560aa"
    )
