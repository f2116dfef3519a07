"""Faults: an answer broken on demand, the same way every time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.cassette.tape import Exchange, Tape
from harness.errors import UsageError
from harness.message.events import Error
from harness.message.parts import JsonObject
from harness.providers._provider import Provider
from harness.providers._square import framing_in, refuse
from harness.run.inject import FAULTS, inject
from harness.suite.kind import nearest
from harness.wire.http import Request, Response

FOREVER = 3_600_000
"""Milliseconds of a stall: longer than any client waits."""


@dataclass(slots=True)
class Faults:
    """Faults that wait for a request, by the scope they are for."""

    queued: dict[str, list[JsonObject]] = field(default_factory=dict)

    def queue(self, fault: Mapping[str, Any], scope: str = "") -> None:
        """Have it for the next request of a scope, or for ``times`` of them.

        Raises:
            UsageError: where there is no such fault.
        """
        checked(dict(fault))
        times = fault.get("times", 1)
        if not isinstance(times, int) or isinstance(times, bool) or times < 1:
            raise UsageError(f"fault: times: wanted a number above 0, found {times!r}")
        self.queued.setdefault(scope, []).extend([dict(fault)] * times)

    def reset(self, scope: str | None = None) -> None:
        """Forget those of one scope, or all."""
        if scope is None:
            self.queued.clear()
        else:
            self.queued.pop(scope, None)

    def due(self, asked: str | None, scope: str) -> JsonObject | None:
        """The fault of a request: the one its header asks for, or the next that waits.

        Raises:
            UsageError: for a header that cannot be read.
        """
        if asked is not None:
            return checked(written(asked))
        waiting = self.queued.get(scope)
        if not waiting:
            return None
        if len(waiting) == 1:
            del self.queued[scope]
        return waiting.pop(0)

    def put(
        self, fault: JsonObject, response: Response, provider: Provider
    ) -> Response:
        """The answer with a fault in it.

        Raises:
            UsageError: where the answer has no place for it.
        """
        kind = fault["fault"]
        if kind in FAULTS or kind == "status":
            tape = Tape((Exchange(Request("POST", provider.base_url), response),))
            return inject(tape, fault, provider).exchanges[0].response
        return BREAKS[kind](response, fault, provider)


def written(text: str) -> JsonObject:
    """A fault as a header has it: ``stall``, ``status=429``, or JSON.

    Raises:
        UsageError: where it cannot be read.
    """
    if text.lstrip().startswith("{"):
        try:
            said: JsonObject = json.loads(text)
        except ValueError as error:
            raise UsageError(f"fault: {text!r} is not JSON: {error}") from error
        return said
    name, _, value = text.partition("=")
    if not value:
        return {"fault": name.strip()}
    field_of = {"status": "status", "slow": "milliseconds", "limit": "retry_after"}
    return {
        "fault": name.strip(),
        field_of.get(name.strip(), "after_events"): _number(value),
    }


def _number(text: str) -> int:
    if not text.strip().isdigit():
        raise UsageError(f"fault: wanted a number, found {text!r}")
    return int(text)


def checked(fault: JsonObject) -> JsonObject:
    """The fault, if there is one of its name.

    Raises:
        UsageError: if there is not.
    """
    known = ("status", *FAULTS, *BREAKS)
    name = fault.get("fault")
    if name not in known:
        hint = nearest(str(name), known) or f"known: {', '.join(known)}"
        raise UsageError(f"fault: there is no {name!r}: {hint}")
    return fault


# ----------------------------------------------------------------------- what they do


def _limit(response: Response, fault: JsonObject, provider: Provider) -> Response:
    wait = str(fault.get("retry_after", 1))
    refused = refuse(provider, Error("rate limit reached", None, 429))
    return replace(refused, headers=(*refused.headers, ("retry-after", wait)))


def _ok_error(response: Response, fault: JsonObject, provider: Provider) -> Response:
    """An error's body under a status that says there is none."""
    refused = refuse(provider, Error("overloaded", None, 503))
    return replace(refused, status=200)


def _content_type(
    response: Response, fault: JsonObject, provider: Provider
) -> Response:
    kept = [h for h in response.headers if h[0].lower() != "content-type"]
    wrong = fault.get("content_type", "text/html")
    return replace(response, headers=(*kept, ("content-type", wrong)))


def _slow(response: Response, fault: JsonObject, provider: Provider) -> Response:
    first = fault.get("milliseconds", 1000)
    rest = (0,) * max(0, len(response.chunks) - 1)
    return replace(response, delays=(first, *rest))


def _stall(response: Response, fault: JsonObject, provider: Provider) -> Response:
    """Silence after so many events; the connection stays."""
    frames = _frames(response, provider)
    after = min(fault.get("after_events", 1), len(frames))
    return replace(
        response, chunks=(*frames[:after], b""), delays=(0,) * after + (FOREVER,)
    )


def _bad_utf8(response: Response, fault: JsonObject, provider: Provider) -> Response:
    frames = _frames(response, provider)
    at = min(fault.get("after_events", 1), len(frames) - 1)
    broken = frames[at][:-2] + b"\xff\xfe" + frames[at][-2:]
    return replace(
        response, chunks=(*frames[:at], broken, *frames[at + 1 :]), delays=()
    )


def _split(response: Response, fault: JsonObject, provider: Provider) -> Response:
    """Every byte on its own."""
    body = b"".join(response.chunks)
    return replace(
        response, chunks=tuple(body[n : n + 1] for n in range(len(body))), delays=()
    )


def _duplicate(response: Response, fault: JsonObject, provider: Provider) -> Response:
    frames = _frames(response, provider)
    at = min(fault.get("after_events", 1), len(frames) - 1)
    return replace(response, chunks=(*frames[: at + 1], *frames[at:]), delays=())


def _reorder(response: Response, fault: JsonObject, provider: Provider) -> Response:
    frames = _frames(response, provider)
    at = min(fault.get("after_events", 1), len(frames) - 2)
    if at < 0:
        raise UsageError(
            "fault: reorder: there is one event, and none to change it with"
        )
    swapped = (*frames[:at], frames[at + 1], frames[at], *frames[at + 2 :])
    return replace(response, chunks=swapped, delays=())


def _frames(response: Response, provider: Provider) -> list[bytes]:
    """The bytes of each event of a stream; of what is none, all of them."""
    framing = framing_in(provider, response)
    if framing is None:
        return [b"".join(response.chunks)]
    return [*framing.write(framing.read(response.chunks))]


BREAKS: dict[str, Callable[[Response, JsonObject, Provider], Response]] = {
    "bad_utf8": _bad_utf8,
    "content_type": _content_type,
    "duplicate": _duplicate,
    "limit": _limit,
    "ok_error": _ok_error,
    "reorder": _reorder,
    "slow": _slow,
    "split": _split,
    "stall": _stall,
}
"""Fault name to what it does to the answer, beside those of suites."""

LOSES = frozenset(
    {"bad_utf8", "corrupt", "disconnect", "eof", "limit", "ok_error", "reset", "stall",
     "status"}
)  # fmt: skip
"""Faults after which a client has no answer, so that the same is there when it asks
again.
"""
