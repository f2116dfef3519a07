"""Official SDKs of Node hold the same conversations with the mock, in their own process."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from harness.message.parts import (
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.providers import PROVIDERS
from tests.sdks.client import WEATHER
from tests.serve.sdks.script import (
    SEAL,
    Running,
    answer,
    begun,
    check_picture,
    results,
    spoken,
    without_made_up_id,
)
from tests.serve.sdks.talker import DESCRIBE, PNG, QUESTION, RESULTS, SAID, same

NODE = Path(__file__).parent / "node"

LACKING = [name for name in ("node", "npm") if shutil.which(name) is None]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(LACKING), reason=f"not installed: {' and '.join(LACKING)}"),
]


@dataclass(frozen=True, slots=True)
class Script:
    """A script of an SDK, and the wire that it is told to speak.

    Attributes:
        errors: status to the name of the class that is raised of it.
        thinks: whether it hears what was thought; if not, none of it is said.
        returned: what it sends back of the parts that were said.
        results: what it makes of the results of tools.
        passes_on: whether an error says how long to wait.
    """

    name: str
    wire: str
    errors: dict[int, str]
    thinks: bool = True
    returned: Callable[[tuple[Part, ...]], tuple[Part, ...]] = same
    results: Callable[[tuple[Part, ...]], tuple[Part, ...]] = same
    passes_on: bool = True

    def __str__(self) -> str:
        return f"{self.name}-{self.wire}"


def _named(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """A result that is an object with the name of its tool, which is then the output."""
    return tuple(map(_whole, parts))


def _whole(part: Part) -> Part:
    assert isinstance(part, ToolResultPart)
    said = {"name": part.name, "content": part.output}
    text = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
    return replace(part, output=text, provider_metadata={"gemini": {"whole": True}})


OPENAI = {429: "RateLimitError", 500: "InternalServerError", 529: "InternalServerError"}
VERCEL = dict.fromkeys(OPENAI, "AI_APICallError")

SCRIPTS = [
    Script("openai", "openai-chat", OPENAI),
    Script("openai", "openai-responses", OPENAI),
    Script("anthropic", "anthropic", OPENAI),
    Script("genai", "gemini", dict.fromkeys(OPENAI, "ApiError"), passes_on=False),
    Script("vercel", "openai-chat", VERCEL, thinks=False),
    Script("vercel", "openai-responses", VERCEL),
    Script("vercel", "anthropic", VERCEL),
    Script("vercel", "gemini", VERCEL, results=_named),
]

by_script = pytest.mark.parametrize("script", SCRIPTS, ids=str)
by_mode = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scripts, and the SDKs as the lock file has them."""
    folder = tmp_path_factory.mktemp("node")
    for file in NODE.glob("*.*"):
        shutil.copy(file, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def running_once() -> Iterator[Running]:
    with begun() as running:
        yield running


@pytest.fixture
def running(running_once: Running) -> Running:
    """The mock, with nothing left of the test before."""
    running_once.reset()
    return running_once


@dataclass(frozen=True, slots=True)
class Asking:
    """A script, installed, with the mock that it asks."""

    folder: Path
    url: str
    script: Script
    stream: bool

    def __call__(
        self, talk: str, question: str = QUESTION, tries: int = 1, fault: str = ""
    ) -> Any:
        """What the script heard."""
        task = {
            "url": self.url,
            "wire": self.script.wire,
            "talk": talk,
            "stream": self.stream,
            "tries": tries,
            "fault": fault,
            "question": question,
            "results": RESULTS,
            "tool": {
                "name": WEATHER.name,
                "description": WEATHER.description,
                "schema": WEATHER.input_schema,
            },
            "picture": base64.b64encode(PNG).decode(),
        }
        ran = subprocess.run(
            ["node", f"{self.script.name}.mjs"],
            cwd=self.folder,
            input=json.dumps(task).encode(),
            capture_output=True,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr.decode()
        return json.loads(ran.stdout)


@pytest.fixture
def ask(installed: Path, running: Running, script: Script, stream: bool) -> Asking:
    return Asking(installed, running.url, script, stream)


def told(script: Script) -> tuple[Part, ...]:
    """What is said to it."""
    parts = answer(PROVIDERS[script.wire])
    if script.thinks:
        return parts
    return tuple(part for part in parts if not isinstance(part, ReasoningPart))


@by_mode
@by_script
def test_an_sdk_of_node_sends_back_what_it_heard_and_the_results(
    running: Running, ask: Asking, script: Script
) -> None:
    provider = PROVIDERS[script.wire]
    asked = running.answers(told(script), "Rain, and 21 degrees.").asked
    heard = ask("converse")
    assert heard == {
        "text": "I will look.",
        "reasoning": "Two cities 🦩, two calls." if script.thinks else "",
        "seals": [SEAL] if script.thinks else [],
        "calls": [
            {"id": part.tool_call_id, "name": part.name, "arguments": part.arguments}
            for part in told(script)
            if isinstance(part, ToolCallPart)
        ],
        "last": "Rain, and 21 degrees.",
    }
    before, after = asked
    assert before.stream == after.stream == ask.stream
    assert before.messages == (Message("user", (TextPart(QUESTION),)),)
    assert [role for role, _ in groupby(m.role for m in after.messages)] == [
        "user",
        "assistant",
        "tool",
    ]
    assert spoken(after, "user") == before.messages[0].parts
    parts = tuple(map(without_made_up_id, spoken(after, "assistant")))
    assert parts == script.returned(told(script))
    assert spoken(after, "tool") == script.results(results(provider))


@by_mode
@by_script
def test_an_sdk_of_node_reads_the_form_that_it_asked_for(
    running: Running, ask: Asking
) -> None:
    asked = running.answers(SAID).asked
    heard = ask("structure")
    assert heard["parsed"] == {"city": "Zürich 🦩", "degrees": 14}
    (turn,) = asked
    assert turn.schema == heard["schema"]
    assert heard["schema"]["required"] == ["city", "degrees"]
    assert turn.stream == ask.stream


@by_mode
@by_script
def test_a_picture_that_an_sdk_of_node_sends_comes_with_all_its_bytes(
    running: Running, ask: Asking
) -> None:
    asked = running.answers("A red dot.").asked
    assert ask("show", DESCRIBE) == {"text": "A red dot."}
    ((message,),) = (turn.messages for turn in asked)
    check_picture(message)


@pytest.mark.parametrize("status", [429, 500, 529])
@by_mode
@by_script
def test_an_sdk_of_node_raises_an_error_of_its_own(
    running: Running, ask: Asking, script: Script, status: int
) -> None:
    running.answers("Hello.")
    fault = "limit=7" if status == 429 else f"status={status}"
    wait = "7" if status == 429 and script.passes_on else None
    raised = {"name": script.errors[status], "status": status, "wait": wait}
    assert ask("say", fault=fault) == {"raised": raised}
    assert [entry.status for entry in running.entries] == [status]


@pytest.mark.parametrize("status", [429, 500])
@by_mode
@by_script
def test_an_sdk_of_node_that_fails_once_tries_again(
    running: Running, ask: Asking, status: int
) -> None:
    running.answers("Hello.", "Hello.")
    limit = {"fault": "limit", "retry_after": 1}
    running.fault(limit if status == 429 else {"fault": "status", "status": status})
    assert ask("say", tries=2) == {"text": "Hello."}
    first, second = running.entries
    assert (first.status, second.status) == (status, 200)
    assert first.same == second.same


@pytest.mark.parametrize("file", ["package.json", "package-lock.json"])
def test_what_is_installed_is_the_public_registrys(file: str) -> None:
    said = json.loads((NODE / file).read_text(encoding="utf-8"))
    packages = said.get("packages", {})
    resolved = [p["resolved"] for name, p in packages.items() if name]
    assert all(url.startswith("https://registry.npmjs.org/") for url in resolved)
    assert bool(resolved) == (file == "package-lock.json")
