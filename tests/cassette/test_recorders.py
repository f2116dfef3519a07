"""Cassettes go both ways between us and vcrpy, pytest-recording and cassetter."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
import textwrap
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]  # it has no types
import cassetter
import httpx
import httpx2
import pytest
import vcr  # type: ignore[import-untyped]  # vcrpy has no types
import zstandard
from cassetter import _core
from vcr.request import Request as VcrRequest  # type: ignore[import-untyped]  # vcrpy has no types
from vcr.serialize import serialize  # type: ignore[import-untyped]  # vcrpy has no types
from vcr.serializers import yamlserializer  # type: ignore[import-untyped]  # vcrpy has no types

from harness.cassette import paper
from harness.cassette.redact import redact
from harness.cassette.secret import MASK
from harness.cassette.tape import Exchange, Tape
from harness.wire.http import Ending, Request, Response, header

SSE = b'event: a\ndata: {"t": "Zo\xc3\xab \xf0\x9f\xa6\xa9"}\n\ndata: x\r\n\r\ndata: [DONE]\n\n'
JSON = '{"b": [1, 1.5, null, true, "no", "1e5"], "a": "Zoë 🦩", "d": "2026-01-01"}'.encode()
ANSWERS = {
    "/sse": ("text/event-stream", SSE, {}),
    "/json": ("application/json", JSON, {}),
    "/packed": ("application/json", gzip.compress(JSON), {"Content-Encoding": "gzip"}),
    "/br": ("application/json", brotli.compress(JSON), {"Content-Encoding": "br"}),
    "/zstd": (
        "application/json",
        zstandard.compress(JSON),
        {"Content-Encoding": "zstd"},
    ),
    "/bytes": ("application/octet-stream", bytes(range(256)), {}),
    "/nothing": ("text/plain", b"", {}),
}


PACKED = [path for path, (_, _, headers) in ANSWERS.items() if headers]


class Server(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        kind, body, headers = ANSWERS[self.path.partition("?")[0]]
        self.send_response(200)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("X-Twice", "one")
        self.send_header("X-Twice", "two")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def ask_all(server: str) -> None:
    for path in ANSWERS:
        httpx.post(f"{server}{path}?q=1", json={"hi": "Zoë 🦩"})


def check_heard(tape: Tape, *, exact: bool = True) -> None:
    # cassetter writes them in the order of their URLs.
    heard_at = {e.request.url.rpartition("/")[2]: e for e in tape.exchanges}
    assert len(heard_at) == len(tape.exchanges) == len(ANSWERS)
    for path, (kind, body, _) in ANSWERS.items():
        exchange = heard_at[f"{path[1:]}?q=1"]
        request, response = exchange.request, exchange.response
        plain = JSON if path in PACKED else body
        heard = b"".join(response.chunks)
        if exact or kind != "application/json":
            assert heard == plain
        else:
            assert json.loads(heard) == json.loads(plain)
        assert request.method == "POST"
        assert json.loads(request.body) == {"hi": "Zoë 🦩"}
        assert response.status == 200
        assert header(response.headers, "CONTENT-TYPE") == kind
        assert header(response.headers, "content-encoding") is None
        assert [v for n, v in response.headers if n.lower() == "x-twice"] == [
            "one",
            "two",
        ]


ENDINGS: tuple[Ending, ...] = ("eof", "cut", "reset")
OURS = Tape(
    tuple(
        Exchange(
            Request("POST", f"https://example.invalid{path}", (("a", "b"),), b"{}"),
            Response(
                201,
                (("Content-Type", kind), ("X-Twice", "one"), ("X-Twice", "two")),
                (body[:5], body[5:]),
                (3, 4),
                ending,
                "Made",
            ),
        )
        for (path, (kind, body, _)), ending in zip(
            ANSWERS.items(), cycle(ENDINGS), strict=False
        )
        if path not in PACKED
    ),
    {"server": "example", "recorded": "2026-01-01"},
)


def check_played(
    response: httpx.Response | httpx2.Response, tape: Exchange, *, exact: bool = True
) -> None:
    heard = tape.response
    kind = header(heard.headers, "content-type")
    assert response.status_code == heard.status
    assert response.headers["content-type"] == kind
    assert "content-encoding" not in response.headers
    assert response.headers.get_list("x-twice") == ["one", "two"]
    if exact or kind != "application/json":
        assert response.read() == b"".join(heard.chunks)
    else:
        assert response.json() == json.loads(b"".join(heard.chunks))


@pytest.mark.parametrize("unpack", [False, True])
def test_we_read_what_vcrpy_recorded(server: str, tmp_path: Path, unpack: bool) -> None:
    file = tmp_path / "x.yaml"
    with vcr.use_cassette(str(file), decode_compressed_response=unpack):
        ask_all(server)
    check_heard(paper.load(file.read_bytes(), "x"))


@pytest.mark.parametrize("client", [httpx, httpx2])
def test_vcrpy_plays_what_we_wrote(tmp_path: Path, client: Any) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(paper.dump(OURS))
    with vcr.use_cassette(str(file), record_mode="none") as cassette:
        for exchange in OURS.exchanges:
            check_played(client.post(exchange.request.url, content=b"{}"), exchange)
        assert cassette.all_played
    assert paper.load(file.read_bytes(), "x") == OURS


@pytest.mark.parametrize("client", [httpx, httpx2])
def test_vcrpy_plays_what_it_recorded_packed_once_it_is_ours(
    server: str, tmp_path: Path, client: Any
) -> None:
    file = tmp_path / "x.yaml"
    with vcr.use_cassette(str(file)):
        ask_all(server)
    tape = paper.load(file.read_bytes(), "x")
    file.write_bytes(paper.dump(tape))
    with vcr.use_cassette(str(file), record_mode="none") as cassette:
        for exchange in tape.exchanges:
            check_played(client.post(exchange.request.url), exchange)
        assert cassette.all_played


def test_vcrpy_plays_a_body_that_was_masked(tmp_path: Path) -> None:
    key = "sk-" + "ant-api03-Ab3dEf6hIj9kLmN0pQr5"  # in two pieces, or this is a leak
    asked = Request("POST", f"https://example.invalid/x?key={key}", (), key.encode())
    heard = Response(200, (("content-type", "text/plain"),), (b"a " + key.encode(),))
    masked = redact(Exchange(asked, heard))
    assert MASK in masked.request.url
    file = tmp_path / "x.yaml"
    file.write_bytes(paper.dump(Tape((masked,))))
    assert key not in file.read_text()
    with vcr.use_cassette(str(file), record_mode="none"):
        assert httpx.post(masked.request.url).text == f"a {MASK}"


LARGE = b64encode(random.Random(1).randbytes(90_000)).decode()
PAINTED = Tape(
    (
        Exchange(
            Request("POST", "https://example.invalid/v1/images", (), b"{}"),
            Response(
                200,
                (
                    ("Content-Type", "application/json"),
                    ("X-Twice", "one"),
                    ("X-Twice", "two"),
                ),
                (json.dumps({"b64_json": LARGE}).encode(),),
            ),
        ),
    )
)


def test_vcrpy_plays_large_base64_that_was_not_folded(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(paper.dump(PAINTED))
    (exchange,) = PAINTED.exchanges
    with vcr.use_cassette(str(file), record_mode="none"):
        check_played(httpx.post(exchange.request.url), exchange)


def test_vcrpy_refuses_a_folded_file_and_never_plays_what_stands_in_it(
    tmp_path: Path,
) -> None:
    text, held = paper.dump_folded(PAINTED)
    assert held
    file = tmp_path / "x.yaml"
    file.write_bytes(text)
    with (
        pytest.raises(ValueError, match=r"(?s)problem loading the cassette.*!folded"),
        vcr.use_cassette(str(file), record_mode="none"),
    ):
        raise AssertionError("it was loaded")


def test_vcrpy_compares_the_bodies_we_wrote(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(paper.dump(OURS))
    url = OURS.exchanges[0].request.url
    match_on = ["method", "uri", "raw_body"]
    with vcr.use_cassette(str(file), record_mode="none", match_on=match_on):
        assert httpx.post(url, content=b"{}").status_code == 201
        with pytest.raises(vcr.errors.CannotOverwriteExistingCassetteException):
            httpx.post(url, content=b"{ }")


def test_we_read_the_python_objects_vcrpy_writes() -> None:
    bodies = [io.BytesIO(b"ab\xff"), iter([b"a", "b"]), b"\xff", "text", None]
    heard = {
        "status": {"code": 200, "message": None},
        "headers": {},
        "body": {"string": b"hi"},
    }
    asked = [VcrRequest("POST", "http://x/", b, {"a": b"z", "n": 5}) for b in bodies]
    text = serialize({"requests": asked, "responses": [heard] * 5}, yamlserializer)
    assert "BytesIO" in text
    assert "iter" in text
    assert "&id001" in text
    tape = paper.load(text.encode(), "x")
    assert [e.request.body for e in tape.exchanges] == [
        b"ab\xff",
        b"ab",
        b"\xff",
        b"text",
        b"",
    ]
    assert tape.exchanges[0].request.headers == (("a", "z"), ("n", "5"))


def test_we_read_how_vcrpy_used_to_write_httpx() -> None:
    text = b"""\
interactions:
- request: {body: '', headers: {}, method: GET, uri: http://x/}
  response: {content: hello, headers: {a: [b]}, http_version: HTTP/1.1, status_code: 200}
- request: {body: '', headers: {}, method: GET, uri: http://x/}
  response: {body: {base64_string: aGVsbG8=}, headers: {}, status: {code: 200, message: OK}}
version: 1
"""
    for exchange in paper.load(text, "x").exchanges:
        assert exchange.response.status == 200
        assert exchange.response.chunks == (b"hello",)


RECORDED_TEST = """
    import httpx, pytest

    @pytest.mark.vcr
    def test_it():
        for path, size in {asked}:
            response = httpx.post({url!r} + path, json={{"hi": "Zo\\xeb \\U0001f9a9"}})
            assert len(response.content) == size
"""


def run_pytest(
    folder: Path, url: str, asked: list[tuple[str, int]], *args: str
) -> None:
    source = textwrap.dedent(RECORDED_TEST).format(url=url, asked=asked)
    (folder / "test_it.py").write_text(source)
    # cassetter and pytest-recording both want the option --record-mode.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cassetter", *args]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_we_read_what_pytest_recording_recorded(server: str, tmp_path: Path) -> None:
    sizes = dict.fromkeys(PACKED, len(JSON))
    asked = [
        (f"{path}?q=1", sizes.get(path, len(body)))
        for path, (_, body, _) in ANSWERS.items()
    ]
    run_pytest(tmp_path, server, asked, "--record-mode=once")
    file = tmp_path / "cassettes" / "test_it" / "test_it.yaml"
    check_heard(paper.load(file.read_bytes(), "x"))


def test_pytest_recording_plays_what_we_wrote(tmp_path: Path) -> None:
    file = tmp_path / "cassettes" / "test_it" / "test_it.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes(paper.dump(OURS))
    asked = [(e.request.url, sum(map(len, e.response.chunks))) for e in OURS.exchanges]
    run_pytest(tmp_path, "", asked, "--block-network")
    assert paper.load(file.read_bytes(), "x") == OURS


@pytest.mark.long
def test_pytest_recording_plays_large_base64_and_refuses_a_folded_file(
    tmp_path: Path,
) -> None:
    file = tmp_path / "cassettes" / "test_it" / "test_it.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes(paper.dump(PAINTED))
    (exchange,) = PAINTED.exchanges
    asked = [(exchange.request.url, len(exchange.response.chunks[0]))]
    run_pytest(tmp_path, "", asked, "--block-network")
    file.write_bytes(paper.dump_folded(PAINTED)[0])
    with pytest.raises(AssertionError, match="!folded"):
        run_pytest(tmp_path, "", asked, "--block-network")


def test_pytest_recording_still_cannot_load_metadata(tmp_path: Path) -> None:
    """Why our notes stand elsewhere: when this fails, they can move."""
    file = tmp_path / "cassettes" / "test_it" / "test_it.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes(paper.dump(OURS) + b"metadata: {any: thing}\n")
    with pytest.raises(AssertionError, match="too many values to unpack"):
        run_pytest(tmp_path, "", [], "--block-network")


def test_we_read_what_cassetter_recorded(server: str, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    with cassetter.use_cassette(file):
        ask_all(server)
    assert "type: json" in file.read_text()
    check_heard(paper.load(file.read_bytes(), "x"), exact=False)


def test_cassetter_plays_what_we_wrote(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(paper.dump(OURS))
    with cassetter.use_cassette(file, record_mode="none") as cassette:
        for exchange in OURS.exchanges:
            response = httpx.post(exchange.request.url, content=b"{}")
            # It writes JSON bodies anew, whoever recorded them.
            check_played(response, exchange, exact=False)
        assert cassette.all_played


def test_cassetter_still_plays_what_stands_in_a_folded_file(tmp_path: Path) -> None:
    """Why the documentation warns of it: when this fails, it need no more."""
    file = tmp_path / "x.yaml"
    file.write_bytes(paper.dump_folded(PAINTED)[0])
    with cassetter.use_cassette(file, record_mode="none"):
        response = httpx.post(PAINTED.exchanges[0].request.url)
    assert "{blob sha256:" in response.text


def test_we_read_what_cassetter_wrote_as_toml(server: str, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    with cassetter.use_cassette(file):
        ask_all(server)
    assert "body_content" in file.read_text()
    check_heard(paper.load(file.read_bytes(), "x.toml"), exact=False)


def test_we_read_what_vcrpy_wrote_as_json(server: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    # Its JSON holds no bytes that are not text.
    with vcr.use_cassette(
        str(file), serializer="json", decode_compressed_response=True
    ):
        httpx.post(f"{server}/sse?q=1", json={"hi": "Zoë 🦩"})
    assert "\\ud83e" in file.read_text()
    (exchange,) = paper.load(file.read_bytes(), "x.json").exchanges
    assert exchange.response.chunks == (SSE,)
    assert json.loads(exchange.request.body) == {"hi": "Zoë 🦩"}


def test_we_read_every_scalar_cassetter_writes(tmp_path: Path) -> None:
    words = [
        "no",
        "~",
        "2026-01-01",
        "12:30:45",
        "1_000",
        "017",
        "1e5",
        "<<",
        "=",
        "",
        "\x07",
        "\x85",
        "\ufeff",
        "a\nb\n",
        "a \nb",
    ]
    value = {"words": words, "numbers": [0, -1, 1.5, 1e22, -0.0, 10**18], "none": None}
    body = _core.process_body(json.dumps(value).encode(), "application/json")
    asked = _core.HttpRequest("POST", "http://x/", {}, body)
    answer = _core.HttpResponse(200, {}, _core.Body("none"))
    cassette = _core.Cassette()
    when = "2026-01-01T00:00:00Z"
    cassette.add_interaction(_core.HttpInteraction(asked, answer, when))
    file = tmp_path / "x.yaml"
    cassette.save(str(file))
    (exchange,) = paper.load(file.read_bytes(), "x").exchanges
    assert json.loads(exchange.request.body) == value


def test_we_read_bodies_kept_as_parsed_json() -> None:
    text = b"""\
version: 1
interactions:
- request: {method: POST, uri: http://x/, headers: {}, parsed_body: {a: [1.0, null]}}
  response: {headers: {}, parsed_body: {z: [true]}, status: {code: 200, message: OK}}
"""
    (exchange,) = paper.load(text, "x").exchanges
    assert exchange.request.body == b'{"a":[1.0,null]}'
    assert exchange.response.chunks == (b'{"z":[true]}',)
