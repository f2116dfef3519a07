"""``harness serve`` under load, beside aimock on the same fixture.

wrk asks from one core and the server answers on the other, turn about. It takes wrk,
and Node with ``@copilotkit/aimock`` in the folder that ``AIMOCK`` names.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.bench.rows import Aim, Row, compare
from tests.bench.streams import ROOT

MEASURE = "under load"
FRAMES = 50
SECONDS = 5
CLIENTS = 64
WORDS = [f"word{number:02d} " for number in range(FRAMES)]

AIMS = {"JSON": Aim(2, faster=True), "SSE": Aim(5, faster=True)}
"""What is asked for, and how many times as many a second there should be."""

BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}

AIMOCK = """\
import {{ LLMock }} from "@copilotkit/aimock";
const mock = new LLMock({{ port: 0, latency: 0, chunkSize: 7, logLevel: "silent" }});
mock.onMessage("hello", {{ content: {words} }});
await mock.start();
console.log(JSON.stringify({{ url: mock.url }}));
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Requests a second, and the latencies of half and of 99 in a hundred of them."""

    rate: float
    half: str
    most: str


def measure(folder: Path, rounds: int) -> Iterator[Row]:
    """A row for whole answers, and one for streams; none where aimock is not there.

    Args:
        folder: empty; a suite and scripts are written there.
        rounds: how often.
    """
    if shutil.which("wrk") is None:
        print("under load: wrk is not installed", file=sys.stderr)
        return
    where = os.environ.get("AIMOCK")
    if where is None:
        print("under load: AIMOCK names no folder with aimock", file=sys.stderr)
        return
    ours, theirs = ours_in(folder), theirs_in(Path(where))
    for kind, aim in AIMS.items():
        script = _script(folder, stream=kind == "SSE")
        times: tuple[list[float], list[float]] = ([], [])
        notes = ""
        for _ in range(rounds):
            found = [loaded(command, script) for command in (ours, theirs)]
            for side, one in zip(times, found, strict=True):
                side.append(1 / one.rate)
            notes = "; ".join(
                f"{name}: {one.rate:,.0f}/s, p50 {one.half}, p99 {one.most}"
                for name, one in zip(("harness", "aimock"), found, strict=True)
            )
        what = f"{kind}, {CLIENTS} clients, {FRAMES} frames"
        yield compare((MEASURE, what, "aimock"), *times, aim, note=f"{kind}: {notes}")


def ours_in(folder: Path) -> Sequence[str]:
    """The command that serves the fixture, written as a suite."""
    events = [{"type": "text", "chunk": word, "part_index": 0} for word in WORDS]
    case = {"id": "hello", "provider": "openai-chat", "prompt": "hello"}
    suite = {
        "harness": 1,
        "suite": "load",
        "cases": [case | {"says": {"events": events}}],
    }
    (folder / "load.spec.yaml").write_text(json.dumps(suite), "utf-8")
    harness = [sys.executable, "-m", "harness", "serve", "--port", "0"]
    return [*harness, str(folder / "load.spec.yaml")]


def theirs_in(where: Path) -> Sequence[str]:
    """The command that serves it by aimock."""
    script = where / "serve.mjs"
    script.write_text(AIMOCK.format(words=json.dumps("".join(WORDS))), "utf-8")
    return ["node", str(script)]


def loaded(command: Sequence[str], script: Path) -> Loaded:
    """What wrk measures of a server."""
    with _serving(command) as url:
        asked = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CLIENTS}", "--latency"]
        done = subprocess.run(
            [*asked, f"-d{SECONDS}s", "-s", str(script), f"{url}/v1/chat/completions"],
            capture_output=True,
            text=True,
            check=True,
        )
    said = done.stdout
    assert "Non-2xx" not in said, said
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", said)
    half, most = (
        re.findall(rf"^ +{n}% +(\S+)", said, re.MULTILINE)[0] for n in (50, 99)
    )
    return Loaded(float(rate), half, most)


@contextmanager
def _serving(command: Sequence[str]) -> Iterator[str]:
    with subprocess.Popen(
        ["taskset", "-c", "0", *command],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT if command[0] == sys.executable else Path(command[1]).parent,
    ) as server:
        try:
            said: IO[str] | None = server.stdout
            assert said is not None
            yield json.loads(said.readline())["url"]
        finally:
            server.terminate()


def _script(folder: Path, *, stream: bool) -> Path:
    body = json.dumps({**BODY, "stream": stream})
    script = folder / f"{'sse' if stream else 'json'}.lua"
    script.write_text(
        'wrk.method = "POST"\n'
        'wrk.headers["content-type"] = "application/json"\n'
        'wrk.headers["authorization"] = "Bearer k"\n'
        f"wrk.body = {json.dumps(body)}\n",
        "utf-8",
    )
    return script
