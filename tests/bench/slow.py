"""``python -m tests.bench.slow``: a thousand slow streams at once from ``harness serve``.

Each is played with its recorded waits. Every chunk is timed against when it was due,
counted from the first of its stream; one that comes too soon is as wrong as a late one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic
from typing import cast

import uvloop

from harness.cassette.tape import Exchange, Tape
from harness.shell.files import save_tape
from harness.wire.http import Request, Response
from tests.bench.load import MEGA, resident, serving

FRAMES = 50
WAIT = 100
"""Milliseconds before each of them."""

BODY = json.dumps(
    {"model": "m", "stream": True, "messages": [{"role": "user", "content": "slow"}]}
).encode()


@dataclass
class Streams:
    """What came of all of them; ``late`` in seconds, a figure for each chunk."""

    late: list[float] = field(default_factory=list)
    whole: int = 0


def main() -> None:
    """Have them all, and print what came of it."""
    parser = argparse.ArgumentParser("python -m tests.bench.slow", description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    many = parser.parse_args().streams
    with tempfile.TemporaryDirectory() as folder:
        _recorded(Path(folder))
        harness = [sys.executable, "-m", "harness", "serve", "--port", "0"]
        command = ["env", "-C", folder, *harness, "--timing", "recorded"]
        with serving(command) as (url, process):
            before = resident(process)
            uvloop.install()
            found, most = asyncio.run(_all(url, many, process))
    late = sorted(found.late)
    at = {
        n: late[min(len(late) - 1, len(late) * n // 100)] * 1000 for n in (50, 95, 99)
    }
    print(f"{found.whole} of {many} streams whole, {len(late)} chunks")
    print("off: " + ", ".join(f"p{n} {ms:.1f} ms" for n, ms in at.items()))
    print(f"memory: {before / MEGA:.0f} MB before, {most / MEGA:.0f} MB at most")


def _recorded(folder: Path) -> None:
    """A project with one recording, whose chunks all had to be waited for."""
    (folder / "pyproject.toml").write_text("[tool.harness]\n", "utf-8")
    frames = tuple(
        b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"%d "}}]}\n\n' % n
        for n in range(FRAMES)
    )
    head = (("content-type", "text/event-stream"),)
    url = "https://api.openai.com/v1/chat/completions"
    response = Response(200, head, frames, (WAIT,) * FRAMES)
    tape = Tape((Exchange(Request("POST", url, (), BODY), response),))
    save_tape(folder, "cassettes/slow.yaml", tape, {})


async def _all(url: str, many: int, process: int) -> tuple[Streams, float]:
    found = Streams()
    host, _, port = url.partition("://")[2].partition(":")
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(many):
        _, client = await loop.create_connection(
            partial(Client, found), host, int(port)
        )
        clients.append(client)
    most = 0.0
    while not all(client.is_over for client in clients):
        most = max(most, resident(process))
        await asyncio.sleep(0.5)
    return found, most


class Client(asyncio.Protocol):
    """One stream; what it costs itself is as little as Python can have it."""

    def __init__(self, found: Streams) -> None:
        self._found = found
        self._frames = 0
        self._first = 0.0
        self.is_over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: {len(BODY)}"
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(head.encode() + b"\r\n\r\n" + BODY)

    def data_received(self, data: bytes) -> None:
        now = monotonic()
        came = data.count(b"data: ")
        if came and not self._frames:
            self._first = now - (came - 1) * WAIT / 1000
        for number in range(self._frames, self._frames + came):
            due = self._first + number * WAIT / 1000
            self._found.late.append(abs(now - due))
        self._frames += came
        if data.endswith(b"0\r\n\r\n"):
            self._found.whole += self._frames == FRAMES
            self.is_over = True
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_over = True


if __name__ == "__main__":
    main()
