"""Kept: answers that can be asked for again by their ids, and be followed by name."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from harness.errors import HarnessError
from harness.message.events import Error
from harness.message.parts import JsonObject
from harness.providers._aside.kept import Exchanged
from harness.providers._provider import Provider
from harness.providers._square import SHAPE_ERRORS, framing_in, hear
from harness.run.asked import read
from harness.wire.http import Request, Response

MOST = 1000
MOST_BYTES = 64 << 20
"""Answers that are kept, and bytes of them and their requests; where there are more,
older ones are forgotten.
"""


@dataclass(slots=True)
class Kept:
    """Answers by scope and id, the latest of them; they are read when one is asked for.

    ``_heard`` are those that nobody has read yet, ``held`` the bytes of all.
    """

    held: int = 0

    _heard: deque[tuple[str, Provider, Request, Response]] = field(
        default_factory=lambda: deque(maxlen=MOST)
    )
    _known: dict[tuple[str, str, str], Exchanged] = field(default_factory=dict)

    def keep(
        self, provider: Provider, request: Request, response: Response, scope: str
    ) -> None:
        """Have an answer ready for whoever asks for it again."""
        fine = response.status < 400 and response.ending == "eof"
        if provider.server.keeping is not None and request.method == "POST" and fine:
            size = len(request.body) + sum(map(len, response.chunks))
            self.held += size
            if self.held > MOST_BYTES:
                self.reset()
                self.held = size
            self._heard.append((scope, provider, request, response))

    def find(self, provider: Provider, id_: str, scope: str) -> Exchanged | None:
        """The answer of an id."""
        while self._heard:
            self._read(*self._heard.popleft())
        return self._known.get((scope, provider.namespace, id_))

    def forget(self, provider: Provider, id_: str, scope: str) -> None:
        """Remove one."""
        self._known.pop((scope, provider.namespace, id_), None)

    def reset(self, scope: str | None = None) -> None:
        """Forget those of one scope, or all."""
        heard = [one for one in self._heard if scope not in (None, one[0])]
        self._heard.clear()
        self._heard.extend(heard)
        for key in [key for key in self._known if scope in (None, key[0])]:
            del self._known[key]
        if scope is None:
            self.held = 0

    def before(
        self, provider: Provider, body: Any, scope: str
    ) -> JsonObject | Error | None:
        """A request with all that was said before it; ``None`` if it follows nothing.

        What it follows may be unknown: then it is an error.
        """
        keeping = provider.server.keeping
        if keeping is None or not isinstance(body, dict):
            return None
        named = body.get(keeping.before)
        if not isinstance(named, str):
            return None
        found = self.find(provider, named, scope)
        if found is None:
            return keeping.missing(named, True)
        earlier = self.before(provider, found.request, scope)
        if isinstance(earlier, dict):
            found = Exchanged(earlier, found.answer)
        return keeping.continued(body, found)

    def _read(
        self, scope: str, provider: Provider, request: Request, response: Response
    ) -> None:
        body, answer = read(request.body), _whole(provider, response)
        keeping = provider.server.keeping
        if keeping is None or not isinstance(body, dict) or answer is None:
            return
        id_ = answer.get("id")
        if isinstance(id_, str) and body.get(keeping.store) is not False:
            if len(self._known) >= MOST:
                del self._known[next(iter(self._known))]
            self._known[scope, provider.namespace, id_] = Exchanged(body, answer)


def _whole(provider: Provider, response: Response) -> JsonObject | None:
    """An answer as JSON, streamed or not; ``None`` where it cannot be read."""
    try:
        if framing_in(provider, response) is None:
            answer = json.loads(b"".join(response.chunks))
        else:
            head = response.status, response.headers
            answer = provider.synthesise_whole(
                [*hear(provider, *head, response.chunks)]
            )
    except (HarnessError, *SHAPE_ERRORS):
        return None
    return answer if isinstance(answer, dict) else None
