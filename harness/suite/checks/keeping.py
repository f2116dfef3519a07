"""Checks of what is kept: parts, messages and responses survive JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from harness.message.parts import Message, load_part
from harness.suite.case import Case
from harness.suite.checks._failure import Failure, compared
from harness.suite.observation import Evidence


def roundtrip_part(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Each part survives JSON."""
    for turn in evidence.first.turns:
        for message in turn.messages:
            for part in message.parts:
                before = part.to_dict()
                after = _through_json(before, lambda d: load_part(d).to_dict())
                if after != before:
                    yield Failure("roundtrip.part", f"{part.type}: {after}")


def roundtrip_message(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """Each message survives JSON."""
    for turn in evidence.first.turns:
        for message in turn.messages:
            before = message.to_dict()
            after = _through_json(before, lambda d: Message.from_dict(d).to_dict())
            if after != before:
                yield Failure("roundtrip.message", f"{message.role}: {after}")


def roundtrip_response(case: Case, evidence: Evidence) -> Iterator[Failure]:
    """The adapter's own ``to_dict`` and ``from_dict`` lose nothing."""
    for number, turn in enumerate(evidence.first.turns):
        if turn.dumped is None or turn.dumped == turn.again:
            continue
        lines = tuple(
            compared("to_dict()", turn.dumped, "after from_dict()", turn.again)
        )
        message = f"turn {number + 1}: the response does not survive JSON"
        yield Failure("roundtrip.response", message, lines=lines)


def _through_json(before: Any, again: Callable[[Any], Any]) -> Any:
    try:
        return again(json.loads(json.dumps(before)))
    except (KeyError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
