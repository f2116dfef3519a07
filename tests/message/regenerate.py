"""Run every assembly case through the installed ``llm`` and write down what it gives.

``python -m tests.message.regenerate``. The event lists in ``assembly-cases.json`` are
the input and stay as they are; results are replaced. ``differs`` and ``ours`` are
ours: why we deliberately give something else, and what. ``reused`` marks the case
that yields one event object twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llm
from llm.parts import StreamEvent

from harness.shell.files import write_atomically

PATH = Path(__file__).parent / "assembly-cases.json"
MADE_UP_ID = re.compile(r"tc_[0-9a-hjkmnp-tv-z]{26}")


def results(case: dict[str, Any]) -> dict[str, Any]:
    """What llm makes of one case's events, or the error it raises."""
    shared: dict[str, Any] = {}

    def event_of(data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        if not case.get("reused"):
            return StreamEvent(**data)
        return shared.setdefault(json.dumps(data), StreamEvent(**data))

    class Scripted(llm.Model):
        model_id = "scripted"

        def execute(
            self, prompt: Any, stream: bool, response: Any, conversation: Any
        ) -> Iterator[Any]:
            for data in case["events"]:
                yield event_of(data)
            for call in case.get("add_tool_call", ()):
                response.add_tool_call(llm.ToolCall(**call))

    response: Any = Scripted().prompt("?")
    try:
        text = response.text()
        messages = [message.to_dict() for message in response.messages()]
    except (AssertionError, TypeError, ValueError) as error:
        return {"error": {"type": type(error).__name__, "message": str(error)}}
    indexes = [event.part_index for event in response.stream_events()]
    # Through JSON text, where two halves of a surrogate pair are one character.
    result = {"text": text, "part_index": indexes, "messages": messages}
    again: dict[str, Any] = json.loads(MADE_UP_ID.sub("tc_<ulid>", json.dumps(result)))
    return again


def main() -> None:
    """Rewrite the file."""
    document = json.loads(PATH.read_text("utf-8"))
    document["llm"] = version("llm")
    for case in document["cases"]:
        for key in ("text", "part_index", "messages", "error"):
            case.pop(key, None)
        case |= results(case)
    text = json.dumps(document, indent=1, ensure_ascii=True) + "\n"
    write_atomically(PATH, text.encode())
    print(f"{len(document['cases'])} cases run through llm {document['llm']}")


if __name__ == "__main__":
    main()
