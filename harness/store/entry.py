"""Entry: a turn and its messages, as they are put into a store at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from harness.errors import UsageError
from harness.message.events import Usage
from harness.message.parts import JsonObject, Message
from harness.reference.answered import Answered
from harness.store import graph, paper, threads, turns
from harness.store.graph import Chain, Node
from harness.store.turns import Turn


@dataclass(slots=True)
class Entry:
    """What is to be logged.

    Attributes:
        turn: all that goes with the messages.
        sent: what the model was sent; what of it follows ``after``, unless ``whole``.
        answer: what it said.
        after: a digest, thread or turn that ``sent`` goes on from.
        whole: whether ``sent`` begins with what ``after`` is the end of. If it does
            not, it is stored all the same.
        thread: the thread that this is part of, if that is known.
        payload: the provider's own JSON.
    """

    turn: Turn
    sent: Sequence[Message]
    answer: Sequence[Message]
    after: str | None = None
    whole: bool = False
    thread: str | None = None
    payload: Any = None
    _ready: tuple[Chain, int] | None = field(default=None, init=False)

    def hash(self) -> None:
        """Work out what needs no database, before there is a transaction.

        Raises:
            NotStorable: for what cannot be kept.
        """
        if self.after is None:
            self._ready = self._chain(self.sent, None)

    def put(self, connection: Connection) -> Turn:
        """The turn as it is in the store.

        Raises:
            NotStorable: for what cannot be kept.
            UsageError: for an ``after`` that is not there, or a turn of the same id.
        """
        parent, rest = self._goes_on(connection)
        chain, asked = self._ready or self._chain(rest, parent)
        ensured = graph.ensure(connection, chain, parent)
        prompt = parent
        if asked:
            digest = chain.digests[asked - 1]
            prompt = ensured.made.get(digest) or graph.find(connection, digest)
        if ensured.tip is None:
            raise UsageError("a turn without any message cannot be logged")
        if not ensured.made and (before := turns.named(connection, self.turn.id)):
            if before.tip != ensured.tip.digest:
                raise turns.taken(before.id)
            return before  # it was logged before
        new = threads.fresh(threads.title(chain.messages))
        row, name = threads.advance(
            connection, self.thread, new, ensured.old, ensured.tip.id
        )
        turn = replace(
            self.turn,
            prompt=prompt.digest if prompt else None,
            tip=ensured.tip.digest,
            thread=name,
        )
        turns.add(connection, turn, prompt, ensured.tip, row, self.payload)
        return turn

    def _chain(self, sent: Sequence[Message], parent: Node | None) -> tuple[Chain, int]:
        chain = Chain()
        chain.add(sent, parent.digest if parent else None)
        chain.add(self.answer, parent.digest if parent else None)
        return chain, len(sent)

    def _goes_on(self, connection: Connection) -> tuple[Node | None, Sequence[Message]]:
        """What the messages go on from, and those that do."""
        if self.after is None:
            return None, self.sent
        node = threads.tip_of(connection, self.after)
        if not self.whole:
            return node, self.sent
        if self._begins_with(connection, node):
            return node, self.sent[node.depth :]
        return None, self.sent

    def _begins_with(self, connection: Connection, node: Node) -> bool:
        """Whether the message at the node's depth is the node's."""
        if not 0 < node.depth <= len(self.sent):
            return False
        message, above = self.sent[node.depth - 1], graph.above(connection, node)
        return paper.named(message, above, paper.Files()) == node.digest


def of(
    response: Answered, after: str | None, thread: str | None, about: JsonObject
) -> Entry:
    """The entry of a response that is complete.

    Raises:
        UsageError: for one that is not.
    """
    if response.error is not None:
        raise response.error
    if not response.done:
        raise UsageError("the response is not complete: await it, then log it")
    prompt, so_far = response.prompt, response.so_far
    wire, slash, _ = response.model.model_id.partition("/")
    turn = Turn(
        response.id,
        response.model.model_id,
        resolved_model=response.resolved_model,
        provider=wire if slash else None,
        options=prompt.options,
        system=prompt.system,
        hide_reasoning=prompt.hide_reasoning,
        tools=[{**tool.to_dict()} for tool in prompt.tools],
        schema=prompt.schema,
        usage=so_far.usage or Usage(),
        finish_reason=so_far.finish.reason if so_far.finish else None,
        datetime_utc=response._datetime_utc() or None,
        duration_ms=response._duration_ms() if response._started else None,
        about=about,
    )
    if thread is None and response.conversation is not None:
        thread = response.conversation.id
    messages = so_far.messages()
    payload = response.response_json
    return Entry(turn, prompt.messages, messages, after, True, thread, payload)
