"""The log of ``harness prompt``: a store in which answers are kept, if one is named."""

from __future__ import annotations

from harness.cli.asking._shown import Shown
from harness.errors import StoreError, UsageError
from harness.message.parts import JsonObject
from harness.reference.response import Response


class Log:
    """Where answers are kept and gone on from.

    Args:
        where: the store; nothing is kept without one.
        tip: what is gone on from; the last turn, unless given.

    Raises:
        StoreError: for a store that cannot be used.
        UsageError: for a tip without a store.
    """

    def __init__(self, where: str | None, tip: str | None) -> None:
        if where is None and tip is not None:
            raise UsageError(f"--from {tip}: in which store? give --log STORE")
        self._tip = tip
        self._after: str | None = None
        self._where = where
        self._store = None
        if where is not None:
            from harness.store import Store  # only here is a database needed

            self._store = Store(where)

    def last(self) -> JsonObject:
        """What is gone on from, as ``harness prompt`` keeps an answer.

        Raises:
            UsageError: if there is nothing.
        """
        assert self._store is not None, "asked only where there is one"
        turn = next(self._store.turns(self._tip, limit=1), None)
        tip = self._tip or (turn.tip if turn else None)
        if tip is None:
            message = f"nothing is logged in {self._where} yet: ask without -c first"
            raise UsageError(message)
        self._after = self._store.digest(tip)
        kept: JsonObject = {"response": self._store.response_dict(tip)}
        if turn is not None:
            kept |= {"model": turn.model, **turn.about}
        return kept

    def keep(self, response: Response, served: JsonObject, shown: Shown) -> None:
        """Keep an answer, which was given whether or not this succeeds."""
        if self._store is None:
            return
        about = {key: said for key, said in served.items() if key == "base_url"}
        try:
            turn = self._store.log(response, after=self._after, about=about)
        except StoreError as error:
            shown.note(f"the answer is not in the log: {error}")
        else:
            self._after = turn.tip
