"""What real exchanges are taken for: masks and alarms on recordings that are clean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cassette import paper
from harness.cassette.redact import redact
from harness.cassette.scan import scan, scan_tape
from harness.cassette.secret import MASK
from harness.cassette.tape import Exchange, Tape, settled
from harness.wire.http import Request, Response
from tests.corpus import recordings

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

MASKED = {
    "gemini-generate": "projects/PROJECT, which somebody put where a project's name was",
    "openai-compatible": "the id of an account at Cloudflare: that is no false alarm",
}
"""All that is masked, by surface; nothing else is, and nothing is refused."""


@pytest.mark.long
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project")
def test_clean_recordings_raise_no_alarm_but_those_listed() -> None:
    touched: set[str] = set()
    for recording in recordings.read(CORPUS):
        assert isinstance(recording, recordings.Recording)
        exchange = _exchange(recording)
        masked = redact(exchange)
        if MASK in masked.request.url or masked.request.body != exchange.request.body:
            touched.add(recording.surface)
        assert masked.response.chunks == exchange.response.chunks, recording.path
        tape = settled(Tape((masked,)))
        written = paper.dump(tape)
        assert scan(written, {}) == [], recording.path
        assert scan_tape(tape, {}, written.decode()) == [], recording.path
    assert touched == MASKED.keys()


def _exchange(recording: recordings.Recording) -> Exchange:
    asked = recording.request
    body = json.dumps(asked, ensure_ascii=False).encode() if asked else b""
    url = recording.url or "https://h/"
    headers = (("content-type", recording.claimed), *recording.headers)
    return Exchange(
        Request(recording.method or "POST", url, (), body),
        Response(recording.status, headers, (recording.body,)),
    )
