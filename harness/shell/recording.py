"""Recording: what was overheard, made a tape that others may read."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import metadata

from harness.cassette.redact import Rules, redact
from harness.cassette.tape import Exchange, Tape
from harness.errors import WireError
from harness.message.events import Finish
from harness.providers._paths import guessed
from harness.providers._provider import Provider
from harness.providers._square import hear
from harness.shell.taps.line import Heard
from harness.shell.taps.over_vcrpy import CLIENT as VCRPY


def taped(
    heard: Sequence[Heard],
    providers: Mapping[str, Provider],
    rules: Rules | None = None,
    **notes: str,
) -> Tape:
    """The exchanges, redacted, with who recorded them and when.

    Args:
        heard: in the order in which they were asked for.
        providers: who can tell that a stream had said all it had to say.
        rules: what is kept and masked beside the usual.
        notes: what else is worth a line, such as ``server``, ``model``, ``version``.
    """
    provenance = {
        **notes,
        "recorded": time.strftime("%Y-%m-%d"),
        "recorder": _versions([VCRPY]) if _by_vcrpy(heard) else "harness",
        "client": _versions(dict.fromkeys(one.client for one in heard)),
    }
    exchanges = tuple(redact(_settled(one, providers), rules) for one in heard)
    return Tape(exchanges, provenance)


def _by_vcrpy(heard: Iterable[Heard]) -> bool:
    return any(one.client == VCRPY for one in heard)


def _settled(heard: Heard, providers: Mapping[str, Provider]) -> Exchange:
    """The exchange; who hangs up after the last word has heard all there was."""
    exchange = heard.exchange
    if not heard.hung_up or not _is_complete(exchange, providers):
        return exchange
    return replace(exchange, response=replace(exchange.response, ending="eof"))


def _is_complete(exchange: Exchange, providers: Mapping[str, Provider]) -> bool:
    name, response = guessed(exchange.request.url), exchange.response
    if name is None:
        return False
    try:
        events = [
            *hear(providers[name], response.status, response.headers, response.chunks)
        ]
    except WireError:
        return False
    return any(isinstance(event, Finish) for event in events)


def _versions(names: Iterable[str]) -> str:
    return ", ".join(f"{name} {_version(name)}" for name in names)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # http.client, say
        return f"of Python {sys.version.split()[0]}"
