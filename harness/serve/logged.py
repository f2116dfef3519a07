"""Logged: the conversations that a server sees, kept in a store."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeAlias

from harness.errors import HarnessError
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, Usage
from harness.providers._square import SHAPE_ERRORS, hear
from harness.serve.reply import Asked
from harness.serve.surface import shown
from harness.wire.http import Response

Record: TypeAlias = Callable[..., object]
"""Keeps a turn, and is sure of that: ``harness.Store.record``."""

MOST_WAITING = 1000
"""Answers that wait to be written; whoever has one more waits for the disk."""


class Logged:
    """Hears every whole answer once more, and has it kept in a thread of its own.

    Args:
        record: keeps a turn.
        tell: says what was not kept, and why.
    """

    def __init__(self, record: Record, tell: Callable[[str], None]) -> None:
        self._record = record
        self._tell = tell
        self._waiting: queue.Queue[tuple[Asked, Response] | None] = queue.Queue(
            MOST_WAITING
        )
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def keep(self, asked: Asked, response: Response) -> None:
        """Have an answer kept that came to its end; of others there is nothing."""
        fine = response.status < 400 and response.ending == "eof"
        if fine and asked.provider is not None and asked.turn is not None:
            self._waiting.put((asked, response))

    def close(self) -> None:
        """Wait until all is kept."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (one := self._waiting.get()) is not None:
            try:
                self._heard(*one)
            except (HarnessError, *SHAPE_ERRORS) as error:
                self._tell(f"not logged: {shown(one[0].at.written)}: {error}")

    def _heard(self, asked: Asked, response: Response) -> None:
        assert asked.provider is not None
        assert asked.turn is not None
        provider, turn = asked.provider, asked.turn
        events: list[Event] = [
            *hear(provider, response.status, response.headers, response.chunks)
        ]
        last = events[-1] if events else None
        if not isinstance(last, Finish):
            why = last.message if isinstance(last, Error) else "it has no end"
            self._tell(f"not logged: {shown(asked.at.written)}: {why}")
            return
        usage = next((e for e in reversed(events) if isinstance(e, Usage)), None)
        for answer in assemble(events):  # one for each that was asked for at once
            self._record(
                turn.messages,
                answer,
                model=turn.model,
                provider=provider.name,
                usage=usage,
                options=dict(turn.options),
                tools=[tool.to_dict() for tool in turn.tools],
                schema=turn.schema,
                finish_reason=last.reason,
            )
