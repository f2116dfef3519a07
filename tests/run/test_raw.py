"""Answers written as the wire has them: sent as they are, and judged by what they say."""

from __future__ import annotations

import json

import pytest

from harness.message.events import Error, Event, Finish, StreamEvent
from harness.providers import PROVIDERS
from harness.providers._square import hear
from harness.run.rehearse import rehearse
from harness.wire.http import Response
from tests.run.trying import checks, tried
from tests.suite.reading import only_case


def answered(fields: str, provider: str = "anthropic") -> Response:
    case = only_case(f"provider: {provider}\nprompt: Hi\n{fields}")
    rehearsal = rehearse(case, PROVIDERS[provider], stream=case.stream)
    assert rehearsal.expected == ({},)
    (exchange,) = rehearsal.tape.exchanges
    return exchange.response


def heard(response: Response, provider: str) -> list[Event]:
    spoken = PROVIDERS[provider]
    return list(hear(spoken, response.status, response.headers, response.chunks))


def test_a_frame_is_named_as_its_wire_names_it() -> None:
    response = answered("says: {frames: [{type: ping}, 'not json']}")
    assert response.headers == (("content-type", "text/event-stream"),)
    assert response.chunks == (
        b'event: ping\ndata: {"type":"ping"}\n\n',
        b"data: not json\n\n",
    )


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_a_wire_writes_is_what_a_person_writes(name: str) -> None:
    provider = PROVIDERS[name]
    events: list[Event] = [StreamEvent("text", "Hello", part_index=0), Finish("stop")]
    for frame in provider.synthesise(events):
        if frame.kind == "comment":
            continue
        payload = frame.data if frame.data == "[DONE]" else json.loads(frame.data)
        if name == "bedrock":
            payload = {str(frame.event): payload}
        assert provider.frame(payload) == frame


@pytest.mark.parametrize("name", ["bedrock", "bedrock-invoke"])
def test_an_exception_of_amazons_stands_under_its_name(name: str) -> None:
    fields = "says: {frames: [{throttlingException: {message: slow down}}]}"
    (*_, last) = heard(answered(fields, name), name)
    assert isinstance(last, Error)
    assert (last.kind, last.status) == ("ThrottlingException", 429)
    assert last.message == "slow down"


def test_a_body_is_json_or_the_text_it_is() -> None:
    response = answered("says: {body: [], status: 503}")
    assert (response.status, response.chunks) == (503, (b"[]",))
    assert response.headers == (("content-type", "application/json"),)
    response = answered("says: {body: '<p>é', status: 502}")
    assert (response.status, response.chunks) == (502, ("<p>é".encode(),))
    assert response.headers == (("content-type", "text/html"),)
    response = answered("says: {body: '{', content_type: application/json}")
    assert response.headers == (("content-type", "application/json"),)


CUT = """
says:
  frames:
    - {choices: [{index: 0, delta: {role: assistant, content: Hel}}]}
    - {choices: [{index: 0, delta: {content: lo}}]}
"""
DONE = "    - {choices: [{index: 0, delta: {}, finish_reason: stop}]}\n    - '[DONE]'\n"
CHAT = "provider: openai-chat\nprompt: Hi"


def test_what_our_own_decoder_reads_must_come_through_and_no_more_is_wanted() -> None:
    result = tried(f"{CHAT}{CUT}{DONE}")
    assert result.verdict == "passed"
    assert result.replays == 6, "once, three cuts, the other mode, and truncated"


def test_an_error_nobody_expects_fails_the_case() -> None:
    assert checks(tried(f"{CHAT}{CUT}")) == ["error"]
    expected = "expect: {error: {kind: truncated}, done: false, text: Hello}"
    assert tried(f"{CHAT}{CUT}{expected}").verdict == "passed"
