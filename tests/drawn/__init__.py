"""What each wire alone can say: strategies for its own answers and requests.

One file a wire, beside what :mod:`tests.strategies` draws for all of them:
``answers()`` draws messages the wire can say with every kind of part it has,
``turns()`` conversations with everything its requests can carry.
"""

from __future__ import annotations

from typing import Protocol

from hypothesis import strategies as st

from harness.message.parts import Message
from harness.message.turn import Turn


class Own(Protocol):
    """A file of this folder."""

    def answers(self) -> st.SearchStrategy[Message]:
        """Messages that this wire can say."""

    def turns(self) -> st.SearchStrategy[Turn]:
        """Conversations that this wire can carry."""


OWN: dict[str, Own] = {}
"""Provider name to its own strategies."""
