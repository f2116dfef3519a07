"""Upstream: who is asked on the network where no recording answers."""

from __future__ import annotations

from typing import Protocol

from harness.serve.reply import Asked, Reply


class Upstream(Protocol):
    """Somebody who answers over the network."""

    def takes(self, asked: Asked) -> bool:
        """Whether such a request can be handed on."""

    async def ask(self, asked: Asked) -> Reply:
        """The answer, or why there is none."""
