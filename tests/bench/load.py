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
from time import monotonic
from typing import IO, TypeAlias
from urllib.request import Request as Asked
from urllib.request import urlopen

from tests.bench.rows import Aim, Row, compare
from tests.bench.streams import ROOT

MEASURE = "under load"

Sides: TypeAlias = tuple[list[float], list[float]]
"""Ours and theirs, a figure for each round."""

FRAMES = 50
SECONDS = 5
LONG = 60
MEGA = 1e6
CLIENTS = 64
WORDS = [f"word{number:02d} " for number in range(FRAMES)]

AIMS = {"JSON": Aim(2, faster=True), "SSE": Aim(5, faster=True)}
"""What is asked for, and how many times as many a second there should be."""

STARTS = Aim(1, faster=False)
TAKES = Aim(0.5, faster=False)
"""Of theirs: the seconds until a server answers, and the memory it has in the end."""

HEAD = {"content-type": "application/json", "authorization": "Bearer k"}

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
    """What came of a run.

    Attributes:
        rate: requests a second.
        half: the latency of half of them, and ``most`` that of 99 in a hundred.
        start: seconds from the command to the first answer.
        before: bytes that the server held then, and ``after`` in the end.
    """

    rate: float
    half: str
    most: str
    start: float
    before: float
    after: float


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
    commands = (ours_in(folder), theirs_in(Path(where)))
    starts: Sides = ([], [])
    memory: Sides = ([], [])
    for kind, aim in AIMS.items():
        script = _script(folder, stream=kind == "SSE")
        times: Sides = ([], [])
        notes = ""
        for number in range(rounds):
            # The last is the long one: what a server keeps, it keeps with time.
            seconds = LONG if number == rounds - 1 else SECONDS
            found = [loaded(command, script, seconds) for command in commands]
            for side, one in enumerate(found):
                times[side].append(1 / one.rate)
                starts[side].append(one.start)
                if seconds == LONG:
                    memory[side].append(one.after)
            notes = "; ".join(
                f"{name}: {one.rate:,.0f}/s, p50 {one.half}, p99 {one.most}, "
                f"{one.before / MEGA:.0f} MB and {one.after / MEGA:.0f} MB after {LONG} s"
                for name, one in zip(("harness", "aimock"), found, strict=True)
            )
        what = f"{kind}, {CLIENTS} clients, {FRAMES} frames"
        yield compare((MEASURE, what, "aimock"), *times, aim, note=f"{kind}: {notes}")
    yield compare((MEASURE, "until the first answer", "aimock"), *starts, STARTS)
    yield compare((MEASURE, "memory", "aimock"), *memory, TAKES, "MB")


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


def loaded(command: Sequence[str], script: Path, seconds: int) -> Loaded:
    """What wrk measures of a server in some seconds."""
    began = monotonic()
    with serving(command) as (url, process):
        target = f"{url}/v1/chat/completions"
        urlopen(Asked(target, json.dumps(BODY).encode(), HEAD)).read()
        start, before = monotonic() - began, resident(process)
        asked = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CLIENTS}", "--latency"]
        done = subprocess.run(
            [*asked, f"-d{seconds}s", "-s", str(script), target],
            capture_output=True,
            text=True,
            check=True,
        )
        after = resident(process)
    said = done.stdout
    assert "Non-2xx" not in said, said
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", said)
    half, most = (
        re.findall(rf"^ +{n}% +(\S+)", said, re.MULTILINE)[0] for n in (50, 99)
    )
    return Loaded(float(rate), half, most, start, before, after)


def resident(process: int) -> float:
    """Bytes of memory that a process holds."""
    told = Path(f"/proc/{process}/status").read_text("utf-8")
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", told)
    return int(kilobytes) * 1000


@contextmanager
def serving(command: Sequence[str]) -> Iterator[tuple[str, int]]:
    """A server on the first core: its URL, and its process."""
    with subprocess.Popen(
        ["taskset", "-c", "0", *command],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT if command[0] == sys.executable else Path(command[1]).parent,
    ) as server:
        try:
            said: IO[str] | None = server.stdout
            assert said is not None
            yield json.loads(said.readline())["url"], server.pid
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
