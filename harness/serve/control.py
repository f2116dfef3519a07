"""Control: what is asked of the server itself, under ``/harness``."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from harness.errors import HarnessError
from harness.run.asked import read
from harness.serve.journal import verdict
from harness.serve.mock import Mock
from harness.serve.surface import target
from harness.wire.http import Request, Response

PREFIX = "/harness/"

PROMETHEUS = (("content-type", "text/plain; version=0.0.4"),)


class Control:
    """A mock, and what can be asked of it and told it.

    Health and metrics are for everybody; the rest only where it is ``open``.
    """

    def __init__(self, mock: Mock, *, open_: bool = False) -> None:
        self.mock = mock
        self.open = open_

    def answer(self, request: Request) -> Response:
        """The answer to any request."""
        asked_at = target(request.url)
        if not asked_at.startswith(PREFIX):
            return self.mock.answer(request)
        path, _, query = asked_at.removeprefix(PREFIX).partition("?")
        scope = parse_qs(query).get("scope", [None])[0]
        asked = f"{request.method} {path}"
        if asked == "GET health":
            return _json(
                {"recordings": len(self.mock.shelf.recordings), "status": "ok"}
            )
        if asked == "GET metrics":
            text = "\n".join(self.mock.journal.metrics()) + "\n"
            return Response(
                200, (("content-type", "text/plain; version=0.0.4"),), (text.encode(),)
            )
        if not self.open:
            return _json({"error": f"{asked}: start with --control"}, 403)
        return self._told(asked, scope, read(request.body))

    def _told(self, asked: str, scope: str | None, body: Any) -> Response:
        journal = self.mock.journal
        if asked == "GET journal":
            return _json([entry.to_dict() for entry in journal.of(scope)])
        if asked == "GET verdict":
            return _json([*verdict(journal.of(scope))])
        if asked == "POST fault" and isinstance(body, dict):
            try:
                self.mock.faults.queue(body, scope or "")
            except HarnessError as error:
                return _json({"error": str(error)}, 400)
            return _json({"waiting": len(self.mock.faults.queued[scope or ""])})
        if asked == "POST reset":
            self.mock.shelf.reset(scope)
            journal.reset(scope)
            self.mock.faults.reset(scope)
            self.mock.beside.kept.reset(scope)
            return _json({})
        return _json({"error": f"there is no {asked}"}, 404)


def _json(said: Any, status: int = 200) -> Response:
    body = json.dumps(said, ensure_ascii=False).encode()
    return Response(status, (("content-type", "application/json"),), (body,))
