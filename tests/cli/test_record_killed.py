"""A recording that is killed leaves the old cassette or the new one, never half."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.cassette import paper
from harness.message.events import Event, Finish, StreamEvent
from harness.providers import PROVIDERS
from harness.providers._square import speak
from harness.wire.http import Response
from tests.sdks.loopback import loopback

SUITE = """\
harness: 1
suite: live
cases:
  - id: hello
    provider: openai-chat
    cassette: cassettes/hello.yaml
    prompt: Say hello.
"""
WORDS = 3000
"""Events of the answer: enough that writing them takes a while."""


@pytest.mark.parametrize(
    "times", [2, pytest.param(200, marks=pytest.mark.long)], ids=["few", "many"]
)
def test_killed_at_any_moment_no_file_is_torn(tmp_path: Path, times: int) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "live.spec.yaml").write_text(SUITE)
    cassette = tmp_path / "cassettes" / "hello.yaml"
    seen: set[bytes] = set()
    chance = random.Random(4711)
    with loopback() as server:
        command = [sys.executable, "-m", "harness", "record", "--all", "live::hello"]
        command += ["--base-url", f"{server.url}/v1"]
        longest = 0.0
        for turn in range(times + 1):
            server.answers.clear()
            server.answers.append(_answer(turn))
            began = time.monotonic()
            process = subprocess.Popen(
                command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            if turn == 0:  # the first is left alone, to see how long it takes
                out, _ = process.communicate()
                assert process.returncode == 0, out
                longest = time.monotonic() - began
            else:
                time.sleep(chance.uniform(0.3, 1.05) * longest)
                process.kill()
                process.communicate()
            data = cassette.read_bytes()
            (exchange,) = paper.load(data, "x").exchanges
            assert exchange.response.ending == "eof"
            seen.add(data)
    # Some were killed before they wrote, and some after.
    assert 1 <= len(seen) <= times + 1
    assert {f.name for f in cassette.parent.iterdir() if f.suffix != ".tmp"} == {
        "hello.yaml"
    }


def _answer(turn: int) -> Response:
    events: tuple[Event, ...] = (
        *(StreamEvent("text", f"{turn}-{n} ", 0) for n in range(WORDS)),
        Finish("stop"),
    )
    return speak(PROVIDERS["openai-chat"], events, stream=True)
