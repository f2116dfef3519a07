"""Control: what is asked of the server itself, under ``/harness``."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from harness.cassette import paper
from harness.errors import CassetteError, HarnessError, Problem, SpecError, UsageError
from harness.providers import PROVIDERS, WHERE
from harness.run.asked import read
from harness.serve.journal import verdict
from harness.serve.mock import Mock
from harness.serve.stock.recording import of_case, of_tape
from harness.serve.surface import target
from harness.shell.server.protocol import Answer
from harness.suite.load import load
from harness.wire.http import Request, Response

PREFIX = "/harness/"


class Control:
    """A mock, and what can be asked of it and told it.

    Health and metrics are for everybody; the rest only where it is ``open``.
    """

    def __init__(self, mock: Mock, *, open_: bool = False) -> None:
        self.mock = mock
        self.open = open_

    def answer(self, request: Request) -> Answer | Awaitable[Answer]:
        """The answer to any request."""
        asked_at = target(request.url)
        if not asked_at.startswith(PREFIX):
            return self.mock.answer(request)
        path, _, query = asked_at.removeprefix(PREFIX).partition("?")
        scope = parse_qs(query).get("scope", [None])[0]
        asked = f"{request.method} {path}"
        if asked in FOR_ALL:
            return FOR_ALL[asked](self.mock)
        if asked not in TOLD:
            known = ", ".join((*FOR_ALL, *TOLD))
            return _json({"error": f"there is no {asked}; there are {known}"}, 404)
        if not self.open:
            return _json({"error": f"{asked}: start with --control"}, 403)
        try:
            return _json(TOLD[asked](self.mock, scope, request.body))
        except (SpecError, CassetteError) as error:
            return _json({"error": [*_lines(error.problems)]}, 400)
        except HarnessError as error:
            return _json({"error": str(error)}, 400)


def _lines(problems: Iterable[Problem]) -> Iterable[str]:
    for one in problems:
        hint = f" ({one.hint})" if one.hint else ""
        yield f"{one.place}: {one.message}{hint}"


def _json(said: Any, status: int = 200) -> Response:
    body = json.dumps(said, ensure_ascii=False).encode()
    return Response(status, (("content-type", "application/json"),), (body,))


# ----------------------------------------------------------------------- for everybody


def _health(mock: Mock) -> Response:
    return _json({"recordings": len(mock.shelf.recordings), "status": "ok"})


def _metrics(mock: Mock) -> Response:
    text = "\n".join(mock.journal.metrics()) + "\n"
    head = (("content-type", "text/plain; version=0.0.4"),)
    return Response(200, head, (text.encode(),))


# --------------------------------------------------------------------- with --control

Tell: TypeAlias = Callable[[Mock, str | None, bytes], Any]


def _journal(mock: Mock, scope: str | None, body: bytes) -> Any:
    return [entry.to_dict() for entry in mock.journal.of(scope)]


def _verdict(mock: Mock, scope: str | None, body: bytes) -> Any:
    return [*verdict(mock.journal.of(scope))]


def _fault(mock: Mock, scope: str | None, body: bytes) -> Any:
    mock.faults.queue(_object(body, '{"fault": "status", "status": 529}'), scope or "")
    return {"waiting": len(mock.faults.queued[scope or ""])}


def _cases(mock: Mock, scope: str | None, body: bytes) -> Any:
    """A suite: what its cases say is said in a scope, or to all."""
    suite = load(body, "suite", WHERE, PROVIDERS)
    recordings = [
        recording
        for case in suite.cases
        if case.cassette is None
        for recording in of_case(case)
    ]
    mock.planner.add(recordings, scope or "")
    return {"recordings": len(recordings)}


def _cassette(mock: Mock, scope: str | None, body: bytes) -> Any:
    recordings = [*of_tape(paper.load(body, "cassette"), "cassette")]
    mock.planner.add(recordings, scope or "")
    return {"recordings": len(recordings)}


def _says(mock: Mock, scope: str | None, body: bytes) -> Any:
    """What is said next, to whatever is asked: as ``says`` of a suite has it."""
    said = _object(body, '{"parts": [{"type": "text", "text": "Hi."}]}')
    case = {"id": "told", "provider": "openai-chat", "prompt": "?", "says": said}
    suite = {"harness": 1, "suite": "control", "cases": [case]}
    text = json.dumps(suite, indent=1)
    [found] = load(text.encode(), "says", WHERE, PROVIDERS).cases
    waiting = mock.planner.queued.setdefault(scope or "", [])
    waiting.extend(of_case(found))
    return {"waiting": len(waiting)}


def _limits(mock: Mock, scope: str | None, body: bytes) -> Any:
    said = _object(body, '{"tokens": 1000, "requests": 10, "window": 60}')
    limits = mock.limits
    for name in ("tokens", "requests", "window"):
        value = said.pop(name, getattr(limits, name) if name == "window" else None)
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int | float) or value <= 0
        ):
            raise UsageError(f"{name}: wanted a number above 0, found {value!r}")
        setattr(limits, name, value)
    if said:
        raise UsageError(f"limits: there is no {next(iter(said))!r}")
    limits.reset(scope)
    return {"tokens": limits.tokens, "requests": limits.requests}


def _reset(mock: Mock, scope: str | None, body: bytes) -> Any:
    mock.reset(scope)
    return {}


def _object(body: bytes, such_as: str) -> dict[str, Any]:
    said = read(body)
    if not isinstance(said, dict):
        raise UsageError(f"wanted a JSON object, such as {such_as}")
    return said


FOR_ALL: Mapping[str, Callable[[Mock], Response]] = {
    "GET health": _health,
    "GET metrics": _metrics,
}
"""What everybody may ask."""

TOLD: Mapping[str, Tell] = {
    "GET journal": _journal,
    "GET verdict": _verdict,
    "POST cases": _cases,
    "POST cassette": _cassette,
    "POST fault": _fault,
    "POST limits": _limits,
    "POST reset": _reset,
    "POST says": _says,
}
"""What may be asked and told with ``--control``, each for the scope that is named."""
