"""``python -m tests.bench.soak``: what ``harness serve`` holds after minutes of all sorts.

Clients ask for streams and whole answers, miss, hang up in the middle, ask for faults,
and each time in a scope that nobody had before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from time import monotonic

from tests.bench.load import MEGA, resident, serving

CLIENTS = 16
FAULTS = (
    "",
    "",
    "",
    "status=503",
    "disconnect=2",
    "eof=1",
    "split",
    "corrupt",
    "reset=1",
)
PATHS = ("/v1/chat/completions", "/v1/messages", "/v1/responses", "/api/chat")


def main() -> None:
    """Ask for as long as one wants, and print what is held every half minute."""
    parser = argparse.ArgumentParser("python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    minutes = parser.parse_args().minutes
    harness = [sys.executable, "-m", "harness", "serve", "--port", "0"]
    with serving([*harness, "--default", "Yes, and no.", "--control"]) as (
        url,
        process,
    ):
        asyncio.run(_soak(url, process, minutes * 60))


async def _soak(url: str, process: int, seconds: float) -> None:
    host, _, port = url.partition("://")[2].partition(":")
    until = monotonic() + seconds
    asked = [0]
    tasks = [
        asyncio.create_task(_client(host, int(port), number, until, asked))
        for number in range(CLIENTS)
    ]
    began = monotonic()
    while not all(task.done() for task in tasks):
        await asyncio.wait(tasks, timeout=30)
        held = resident(process)
        print(
            f"{monotonic() - began:5.0f} s  {asked[0]:9,} requests  {held / MEGA:6.1f} MB"
        )
    await asyncio.gather(*tasks)


async def _client(
    host: str, port: int, seed: int, until: float, asked: list[int]
) -> None:
    dice = random.Random(seed)
    while monotonic() < until:
        asked[0] += 1
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(_request(dice, asked[0]))
            if dice.random() < 0.1:
                await reader.read(50)  # and gone
            else:
                while await asyncio.wait_for(reader.read(65536), 10):
                    pass
        except ConnectionError:
            pass  # that was asked for
        finally:
            writer.close()


def _request(dice: random.Random, number: int) -> bytes:
    said = [{"role": "user", "content": f"{number} {'x' * dice.randrange(2000)}"}]
    body = {"model": "m", "max_tokens": 9, "stream": dice.random() < 0.5}
    path = dice.choice(PATHS)
    data = json.dumps(body | {"input" if "responses" in path else "messages": said})
    fault = dice.choice(FAULTS)
    head = f"POST /scope/s{number}{path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n"
    head += f"x-harness-fault: {fault}\r\n" if fault else ""
    return f"{head}content-length: {len(data)}\r\n\r\n{data}".encode()


if __name__ == "__main__":
    main()
