"""The mock: a provider that says what a test declares, over the loopback."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.errors import SpecError, UsageError
from harness.providers import PROVIDERS, WHERE
from harness.providers._provider import Provider
from harness.pytest_plugin.told import lines_of
from harness.run.door import Player
from harness.run.rehearse import rehearse
from harness.shell.server import served
from harness.suite.case import Case
from harness.suite.kind import nearest
from harness.suite.load import load
from harness.wire import cut
from harness.wire.http import Request

Says = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mock:
    """A provider that is served at ``base_url``, which is what its clients are given.

    It answers the n-th request with the n-th thing it was told to say, streamed if
    that is asked for.
    """

    base_url: str
    provider: str
    player: Player

    @property
    def requests(self) -> list[Request]:
        """What was asked, in order; ``json`` of a body is ``json.loads(r.body)``."""
        return self.player.sent

    @property
    def bodies(self) -> list[Any]:
        """The JSON of each request."""
        return [json.loads(request.body) for request in self.player.sent]


class Mocks:
    """Mocks of one test."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._made: list[Mock] = []

    def __call__(
        self,
        provider: str,
        says: Says | Sequence[Says],
        *,
        chunks: str = "recorded",
        model: str = "mock",
    ) -> Mock:
        """Serve a provider.

        Args:
            provider: its name, such as ``anthropic``.
            says: what it answers, as a suite writes it: ``{"parts": [...]}``, with
                ``usage``, ``finish_reason``, ``error``; or a list of such answers.
            chunks: how the bytes are cut: ``event``, ``byte``, ``random:7``...
            model: what it says that its model is called, where it is asked.

        Raises:
            UsageError: for what is not known, or what this wire cannot say.
        """
        wire = _provider(provider)
        if not cut.exists(chunks):
            hint = nearest(chunks, cut.CUTS) or f"one of {', '.join(cut.CUTS)}"
            raise UsageError(f"no cut named {chunks!r}: {hint}")
        answers = [says] if isinstance(says, Mapping) else [*says]
        rehearsal = rehearse(_case(provider, answers), wire, stream=True)
        if rehearsal.inapplicable:
            raise UsageError(f"{provider} cannot say that: {rehearsal.inapplicable}")
        player = Player(rehearsal.tape, chunks, wire, model)
        url = self._open.enter_context(served(player.answer))
        mock = Mock(url + urlsplit(wire.base_url).path.rstrip("/"), provider, player)
        self._made.append(mock)
        return mock

    def close(self) -> list[str]:
        """Stop serving; what was asked beyond what was to be said."""
        self._open.close()
        asked = (one for mock in self._made for one in mock.player.unmatched)
        return [f"not to be answered: {one}" for one in asked]


def _provider(name: str) -> Provider:
    if name not in PROVIDERS:
        hint = nearest(name, PROVIDERS) or f"one of {', '.join(PROVIDERS)}"
        raise UsageError(f"no provider named {name!r}: {hint}")
    return PROVIDERS[name]


def _case(provider: str, answers: Sequence[Says]) -> Case:
    """A case in which that is said, read as a suite is, with all its errors."""
    turns = [{"prompt": "?", "says": dict(answer)} for answer in answers]
    case = {"id": "mock", "provider": provider, "turns": turns}
    suite = {"harness": 1, "suite": "mock", "cases": [case]}
    try:
        text = json.dumps(suite, indent=1, ensure_ascii=False)
        [found] = load(text.encode(), "harness_mock", WHERE, PROVIDERS).cases
    except SpecError as error:
        raise UsageError("\n".join(lines_of(error.problems))) from None
    return found
