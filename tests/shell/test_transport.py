"""The seam itself: when it is in place, and what it leaves behind."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.cassette.tape import Exchange
from harness.errors import ConnectionLost, UsageError
from harness.message.events import Event, Finish, StreamEvent
from harness.providers import PROVIDERS
from harness.providers._square import speak
from harness.shell import transport
from harness.shell.pace import pace
from harness.shell.recording import taped
from harness.shell.taps import arrivals
from harness.shell.taps.line import Heard
from harness.wire.http import Request, Response

ANSWER = Response(200, (("content-type", "text/plain"),), (b"one", b"two"), (30, 40))


def answer(request: Request) -> Response:
    return ANSWER


def refuse(request: Request) -> Response:
    raise ConnectionLost("nothing is recorded")


def test_a_client_that_was_made_before_is_answered_too() -> None:
    with httpx.Client() as client:
        with transport.playing(answer):
            assert client.get("https://h.example/").text == "onetwo"
        before = httpx.HTTPTransport.handle_request
    with transport.playing(refuse), transport.playing(answer):
        assert httpx.get("https://h.example/").text == "onetwo"
    assert httpx.HTTPTransport.handle_request is before


def test_a_replay_may_be_listened_to() -> None:
    with transport.playing(answer), transport.listening(lambda: "now") as line:
        httpx.get("https://h.example/")
    (heard,) = transport.heard(line)
    assert heard.exchange.response.chunks == ANSWER.chunks
    assert (heard.client, heard.during) == ("httpx", "now")


def test_what_kept_a_tapped_function_reaches_the_network_afterwards() -> None:
    with transport.playing(answer):
        kept = httpx.HTTPTransport.handle_request
    line = transport.listening()
    with line as listened, transport.playing(refuse), httpx.HTTPTransport() as network:
        request = httpx.Request("GET", "http://127.0.0.1:9/")
        with pytest.raises((httpx.ConnectError, PermissionError)):
            kept(network, request)
    assert listened.heard == []


def test_a_request_that_is_never_answered_is_told_of() -> None:
    with transport.listening() as line, pytest.raises(httpx.ConnectError):
        httpx.get("http://127.0.0.1:9/")
    assert line.heard == []
    assert line.unanswered == ["GET http://127.0.0.1:9/: ConnectError"]


def test_an_answer_that_goes_on_when_the_recording_ends_is_cut_there() -> None:
    with httpx.Client() as client, transport.playing(answer):
        with transport.listening() as line:
            stream = client.stream("GET", "https://h.example/")
            response = stream.__enter__()
            assert next(response.iter_bytes()) == b"one"
        stream.__exit__(None, None, None)
    (heard,) = transport.heard(line)
    assert heard.exchange.response.chunks == (b"one",)
    assert (heard.exchange.response.ending, heard.hung_up) == ("cut", True)


def test_a_wait_that_is_longer_than_a_client_waits_is_its_timeout() -> None:
    with (
        transport.playing(answer, "recorded"),
        pytest.raises(httpx.ReadTimeout),
    ):
        httpx.get("https://h.example/", timeout=0.001)


@pytest.mark.parametrize(
    ("timing", "seconds"),
    [("none", 0.0), ("recorded", 2.0), ("×4", 0.5), ("x4", 0.5), ("×0.5", 4.0)],
)
def test_a_timing_says_how_long_is_waited(timing: str, seconds: float) -> None:
    assert pace(timing)(2000) == seconds


@pytest.mark.parametrize("timing", ["", "×", "×0", "x-1", "xinf", "xnan", "4", "quick"])
def test_a_timing_that_is_none_is_told(timing: str) -> None:
    with pytest.raises(UsageError, match="none, recorded, or ×N"):
        pace(timing)


def test_sleeps_are_short_in_a_replay_and_counted() -> None:
    original = time.sleep
    with transport.playing(refuse) as seen:
        time.sleep(60)
        time.sleep(0)
    assert seen.slept == [60]
    assert time.sleep is original


@pytest.fixture
def latecomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "latecomer.py").write_text("here = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "latecomer"
    sys.modules.pop("latecomer", None)


def test_a_module_that_comes_late_is_told_of_once_it_is_there(latecomer: str) -> None:
    told: list[bool] = []
    with arrivals.told({latecomer: lambda module: told.append(module.here)}):
        assert told == []
        import latecomer as module  # type: ignore[import-not-found]  # made just now

        assert told == [True]
        assert module.__spec__.loader is module.__loader__
        assert type(module.__loader__).__module__ != arrivals.__name__
    with arrivals.told({latecomer: lambda module: told.append(module.here)}):
        assert told == [True, True]


def test_a_module_that_never_comes_is_an_import_error_as_ever() -> None:
    with (
        arrivals.told({"no_such_module_here": lambda module: None}),
        pytest.raises(ModuleNotFoundError),
    ):
        import no_such_module_here  # type: ignore[import-not-found]  # noqa: F401


# ------------------------------------------------------------------ what becomes a tape


def heard(response: Response, url: str, *, hung_up: bool) -> Heard:
    return Heard(Exchange(Request("POST", url), response), "httpx", 0.0, "", hung_up)


CHAT = "https://h/v1/chat/completions"


def said(*, ends: bool) -> Response:
    events: list[Event] = [StreamEvent("text", "Hi", 0)]
    events += [Finish("stop")] if ends else []
    whole = speak(PROVIDERS["openai-chat"], events, stream=True)
    chunks = whole.chunks if ends else whole.chunks[:1]
    return Response(200, whole.headers, chunks, (), "cut")


@pytest.mark.parametrize(
    ("response", "url", "hung_up", "ending"),
    [
        (said(ends=True), CHAT, True, "eof"),
        (said(ends=True), CHAT, False, "cut"),
        (said(ends=False), CHAT, True, "cut"),
        (said(ends=True), "https://h/elsewhere", True, "cut"),
        (
            Response(200, said(ends=True).headers, (b"data: {\n\n",), (), "cut"),
            CHAT,
            True,
            "cut",
        ),
    ],
)
def test_who_hangs_up_after_the_last_word_has_heard_it_all(
    response: Response, url: str, hung_up: bool, ending: str
) -> None:
    tape = taped([heard(response, url, hung_up=hung_up)], PROVIDERS, note="x")
    assert tape.exchanges[0].response.ending == ending
    assert tape.provenance["note"] == "x"
    assert tape.provenance["client"].startswith("httpx ")


def test_a_client_that_is_no_package_is_of_python() -> None:
    one = Heard(Exchange(Request("GET", CHAT), Response(200)), "http", 0.0)
    assert taped([one], PROVIDERS).provenance["client"].startswith("http of Python 3")
