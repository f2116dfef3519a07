"""Secrets that a scan finds, wherever they are and however they are written."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64encode
from collections.abc import Callable

import pytest
import zstandard

from harness.cassette import paper
from harness.cassette.scan import scan, scan_tape
from harness.cassette.tape import Exchange, Tape, settled
from harness.errors import Place
from harness.wire.http import Request, Response

VALUE = "q7Rk2/mZ9x+W4vB8" + "nL1cF6hD3s"
SECRETS = {"SOME_API_KEY": VALUE}
SHAPED = "sk-" + "proj-Ab3dEf6hIj9kLmN0pQr5"
PEM = "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEow\nMIIEow\n-----END"


def asked(body: bytes, *headers: tuple[str, str], url: str = "https://h/") -> Exchange:
    return Exchange(Request("POST", url, headers, body), Response(200))


def answered(body: str | bytes, kind: str | None = None) -> Exchange:
    headers = (("content-type", kind),) if kind else ()
    chunks = (body.encode() if isinstance(body, str) else body,)
    return Exchange(Request("POST", "https://h/"), Response(200, headers, chunks))


def said(text: str) -> Exchange:
    return answered(json.dumps({"text": text}))


def halves(secret: str) -> list[str]:
    return [json.dumps({"t": half}) for half in (secret[:9], secret[9:])]


def in_lines(secret: str) -> str:
    packed = b64encode(f"{'some words before it ' * 3}{secret} after".encode()).decode()
    return "\n".join(packed[at : at + 64] for at in range(0, len(packed), 64))


def percent(text: str) -> str:
    return "".join(f"%{ord(c):02x}" for c in text)


WRITTEN: dict[str, Callable[[str], Exchange]] = {
    "a gzipped question": lambda s: asked(gzip.compress(s.encode())),
    "a question in zstd": lambda s: asked(zstandard.compress(s.encode())),
    "a deflated question": lambda s: asked(zlib.compress(s.encode())),
    "a question packed as it says": lambda s: asked(
        zlib.compress(s.encode(), wbits=-15), ("content-encoding", "deflate")
    ),
    "a packed file in base64": lambda s: said(
        b64encode(gzip.compress(s.encode())).decode()
    ),
    "base64 in lines": lambda s: said(in_lines(s)),
    "base64 in JSON with slashes escaped": lambda s: answered(
        json.dumps({"d": b64encode(f"???{s}???".encode()).decode()}).replace("/", "\\/")
    ),
    "an address in JSON": lambda s: said(f"https://h/?q={percent(s)}"),
    "an address in an address": lambda s: asked(
        b"", url=f"https://h/?u={percent(percent(s))}"
    ),
    "JSON in JSON in JSON": lambda s: said(json.dumps({"a": json.dumps({"b": s})})),
    "a reason": lambda s: Exchange(
        Request("GET", "https://h/"), Response(200, reason=s)
    ),
    "a method": lambda s: Exchange(Request(s, "https://h/"), Response(200)),
    "events of no type": lambda s: answered(
        "".join(f"data: {half}\n\n" for half in halves(s))
    ),
    "events called text": lambda s: answered(
        "".join(f"event: x\ndata: {half}\n\n" for half in halves(s)), "text/plain"
    ),
    "lines called JSON": lambda s: answered("\n".join(halves(s)), "application/json"),
    "an array of no type": lambda s: answered(f"[{','.join(halves(s))}]"),
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("secret", [VALUE, SHAPED])
def test_a_secret_is_found_however_it_is_written(name: str, secret: str) -> None:
    tape = settled(Tape((WRITTEN[name](secret),)))
    written = paper.dump(tape).decode()
    found = scan_tape(tape, SECRETS, written, "x.yaml")
    assert found
    wanted = "the value of SOME" if secret is VALUE else "a key of the shape sk-"
    assert all(leak.what.startswith(wanted) for leak in found)
    assert all(leak.place.path == "x.yaml" and leak.place.line > 1 for leak in found)


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_no_secret_is_not(name: str) -> None:
    harmless = "nothing/that+anybody hides, here"
    tape = settled(Tape((WRITTEN[name](harmless),)))
    assert scan_tape(tape, SECRETS, paper.dump(tape).decode()) == []


def test_what_stands_beside_the_recording_is_looked_at() -> None:
    tape = settled(Tape((said(""),), {"server": "a", "note": VALUE}))
    (leak,) = scan_tape(tape, SECRETS, paper.dump(tape).decode())
    assert leak.what == "the value of SOME_API_KEY"
    (place,) = [one.place for one in scan(paper.dump(tape), SECRETS)]
    assert leak.place.line == place.line


@pytest.mark.parametrize(
    "form",
    [
        VALUE.replace("+", "%2B"),
        VALUE.replace("/", "\\u002F"),
        VALUE.replace("/", "\\x2f"),
        percent(VALUE),
        percent(VALUE).replace("%", "%25"),
    ],
)
def test_a_comment_is_read_with_its_quoting_off(form: str) -> None:
    (leak,) = scan(f"a: b\n# say {form} here\n", SECRETS, "x.yaml")
    assert leak.place == Place("x.yaml", 2, 1)
    assert leak.what == "the value of SOME_API_KEY"


def test_a_secret_is_told_of_once_a_place() -> None:
    found = scan(f"{VALUE}\n%41 {VALUE}\n{SHAPED} {VALUE}\\n", SECRETS)
    assert [leak.place.line for leak in found] == [1, 2, 3, 3]


def test_a_key_of_a_file_is_found_but_not_its_mask() -> None:
    (leak,) = scan(f"a\n{PEM}", {})
    assert leak.what == "a key of the shape PRIVATE KEY-----..."
    assert leak.place.line == 2
    assert scan(PEM.replace("MIIEow\nMIIEow", "REDACTED"), {}) == []
    assert scan("-----BEGIN PRIVATE KEY-----, it says\n", {}) == []
