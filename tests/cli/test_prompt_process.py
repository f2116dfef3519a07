"""``harness prompt`` as a process: what is printed when, and how it is cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.message.events import StreamEvent
from tests.cli.asked import chunks, serving
from tests.cli.test_process import ENVIRONMENT
from tests.shell.test_http import PATIENCE, Connection, Server

FIRST, *REST = chunks(*(StreamEvent("text", f"line {n}\n", 0) for n in range(3)))[1:]
"""Without what says no word yet."""


def slowly(connection: Connection) -> None:
    """The first words, and the rest when the server is told to go on."""
    connection.begin(content_type="text/event-stream")
    connection.chunk(FIRST)
    assert connection.server.go_on.wait(PATIENCE)
    connection.chunk(*REST)
    connection.end()


def for_ever(connection: Connection) -> None:
    """The first words, and no more until the other side leaves."""
    connection.begin(content_type="text/event-stream")
    connection.chunk(FIRST)
    connection.wait_until_dropped()


def without_end(connection: Connection) -> None:
    """The first words again and again."""
    connection.begin(content_type="text/event-stream")
    while True:
        connection.chunk(FIRST)


@contextmanager
def prompting(
    project: Path, server: Server, *options: str
) -> Iterator[subprocess.Popen[bytes]]:
    """The command, asking this server; it is over at the end."""
    where = ("-m", "openai-chat/m", "--base-url", server.url)
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "prompt", *where, *options, "Hi"],
        cwd=project,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(("options", "line"), [([], b"line 0\n"), (["--json"], None)])
def test_a_line_is_printed_before_the_next_was_sent(
    project: Path, options: list[str], line: bytes | None
) -> None:
    with serving(slowly) as server, prompting(project, server, *options) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert not server.go_on.is_set()
        server.go_on.set()
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    assert said == (
        line or b'{"type": "text", "chunk": "line 0\\n", "part_index": 0}\n'
    )
    assert out.count(b"line") == 2
    assert err == b""


@pytest.mark.skipif(os.name != "posix", reason="a signal of POSIX")
def test_ctrl_c_ends_the_connection_and_keeps_nothing(project: Path) -> None:
    with serving(for_ever) as server, prompting(project, server) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"line 0\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out, err) == (130, b"", b"\ninterrupted\n")
        assert server.saw_it_dropped()
    assert not (project / ".harness").exists()


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_leaves_ends_it_and_it_says_nothing(
    project: Path, options: list[str]
) -> None:
    with (
        serving(without_end) as server,
        prompting(project, server, *options) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE) == 141
        assert server.saw_it_dropped()
    assert not (project / ".harness").exists()
