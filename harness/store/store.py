"""The store's face: put in, find, and go on from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection

from harness.errors import UsageError
from harness.message.digest import PREFIX
from harness.message.events import Usage
from harness.message.parts import JsonObject, Message, ToolCallPart
from harness.message.serial import ResponseDict
from harness.reference.answered import Answered, Answers, new_id
from harness.reference.prompt import Asking, pending_calls
from harness.reference.response import Response
from harness.store import entry, graph, threads, turns
from harness.store.care import Cared
from harness.store.database import schema, search, words
from harness.store.database.engine import Database
from harness.store.entry import Entry
from harness.store.graph import Chain
from harness.store.threads import Thread
from harness.store.turns import Turn

PAGE = 200
"""Rows that are read at once, however many are asked for."""


class Facts(TypedDict, total=False):
    """What may be known of a turn beside its messages; see :class:`Turn`."""

    id: str
    resolved_model: str | None
    options: JsonObject
    system: str | None
    tools: Sequence[JsonObject]
    schema: JsonObject | None
    finish_reason: str | None
    datetime_utc: str | None
    duration_ms: int | None
    about: JsonObject


class Store(Cared):
    """Conversations, as a graph of messages in a database.

    A message is stored once for all conversations that come to it by the same way,
    so a history that is sent again costs no row. Messages are named by their digests,
    which are those of llm 0.36; wherever a message is asked for, the beginning of
    its digest is enough, and so is the name of a thread or a turn. Many threads and
    processes may use one store at the same time.

    Args:
        where: the path of an SQLite file, which is made if it is not there, or the
            URL of a PostgreSQL database.
        timeout: seconds to wait for others that write.

    All methods raise ``StoreError`` for what the database does not do, ``StoreDamaged``
    where it does not hold what was put in, and ``UsageError`` for what is not there.
    """

    def __init__(self, where: str | Path, *, timeout: float = 30.0) -> None:
        self._database = Database(where, timeout)
        try:
            schema.prepare(self._database)
        except BaseException:
            self._database.close()
            raise

    def __repr__(self) -> str:
        return f"<Store {self._database.name}>"

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # ------------------------------------------------------------------ putting in

    def log(
        self,
        response: Answered,
        *,
        after: str | None = None,
        thread: str | None = None,
        about: JsonObject | None = None,
    ) -> Turn:
        """Keep a complete response, all that it answers and all that goes with it.

        When this returns, it is on the disk. A response that is logged twice is kept
        once.

        Args:
            response: sync or async; a sync one is heard to its end first.
            after: what its prompt goes on from: the ``tip`` of the turn before. What it
                costs does not depend on the length of the history then, of which only
                the last message is held against it.
            thread: the name of the conversation; that of the response's own, unless
                given, or else of a thread that ended where this goes on.
            about: anything else that is to be kept with it.

        Raises:
            NotStorable: for what would not come back as it is; nothing is kept then.
        """
        if isinstance(response, Response):
            response.messages()
        return self._put(entry.of(response, after, thread, about or {}))

    def record(
        self,
        messages: Sequence[Message],
        answer: Message | Sequence[Message],
        *,
        model: str,
        provider: str | None = None,
        usage: Usage | None = None,
        after: str | None = None,
        thread: str | None = None,
        payload: Any = None,
        **facts: Unpack[Facts],
    ) -> Turn:
        """Keep a turn that somebody else saw, as :meth:`log` does.

        Args:
            messages: what the model was sent, all of it; or, with ``after``, what
                follows that.
            answer: what it said.
            model: its name.
            provider: who serves it.
            usage: the tokens it took.
            after: the message that ``messages`` follow.
            thread: the name of the conversation; one that ended where this goes on,
                unless given, or else a new one.
            payload: the provider's own JSON.
            facts: what else is known.
        """
        said = [answer] if isinstance(answer, Message) else answer
        known: dict[str, Any] = {"datetime_utc": threads.began(), "id": new_id()}
        known |= facts
        turn = Turn(model=model, provider=provider, usage=usage, **known)
        put = Entry(turn, messages, said, after, False, thread, payload)
        return self._put(put)

    def _put(self, put: Entry) -> Turn:
        put.hash()
        return self._database.write(put.put)

    def append(self, messages: Iterable[Message], to: str | None = None) -> str:
        """Store messages that no model answered; gives the digest of the last.

        Args:
            messages: what is said.
            to: what they follow; a thread goes on to the last of them. A message that
                neither thread nor turn leads to is there until :meth:`gc`.
        """
        said = [*messages]
        if not said:
            raise UsageError("there is nothing to append")

        def work(connection: Connection) -> str:
            if to:
                threads.hold(connection, to)
            parent = threads.tip_of(connection, to) if to else None
            chain = Chain()
            chain.add(said, parent.digest if parent else None)
            tip = graph.ensure(connection, chain, parent).tip
            assert tip is not None, "there are messages"
            if to:
                threads.move(connection, to, tip.id)
            return tip.digest

        return self._database.write(work)

    def fork(self, tip: str, name: str | None = None) -> str:
        """A new thread from a message on; nothing is copied. Gives the thread's name.

        Raises:
            UsageError: for a name that is taken.
        """

        def work(connection: Connection) -> str:
            node = threads.tip_of(connection, tip)
            source = None if tip.startswith(PREFIX) else tip
            first = graph.messages(connection, node)
            new = threads.fresh(threads.title(first), source)
            return threads.create(connection, replace(new, name=name or new.name), node)

        return self._database.write(work)

    # --------------------------------------------------------------------- finding

    def conversation(self, tip: str, *, whole: bool = False) -> list[Message]:
        """The messages up to ``tip``, as they went in.

        Args:
            tip: the last of them.
            whole: whether attachments that were given by path come with the bytes
                that their files held, and without the path.
        """
        with self._database.reading() as connection:
            node = threads.tip_of(connection, tip)
            return graph.messages(connection, node, whole=whole)

    def digest(self, name: str) -> str:
        """The whole digest of what its beginning, a thread or a turn names."""
        with self._database.reading() as connection:
            return threads.tip_of(connection, name).digest

    def children(self, tip: str | None) -> list[tuple[str, Message]]:
        """The messages that follow one, oldest first; of ``None``, those that begin."""
        with self._database.reading() as connection:
            node = threads.tip_of(connection, tip) if tip else None
            return graph.children(connection, node)

    def threads(self, limit: int | None = None) -> Iterator[Thread]:
        """The threads, latest first."""
        yield from self._paged(threads.threads, limit)

    def turns(self, of: str | None = None, limit: int | None = None) -> Iterator[Turn]:
        """The turns, latest first.

        Args:
            of: only those of a thread, or that answered with a message.
            limit: at most so many.
        """
        with self._database.reading() as connection:
            where = turns.which(connection, of) if of else ()

        def page(
            connection: Connection, before: int | None, limit: int
        ) -> Iterator[tuple[int, Turn]]:
            return turns.turns(connection, *where, before=before, limit=limit)

        yield from self._paged(page, limit)

    def _paged(self, page: Any, limit: int | None) -> Iterator[Any]:
        before, rest = None, limit
        while rest is None or rest > 0:
            wanted = PAGE if rest is None else min(PAGE, rest)
            with self._database.reading() as connection:
                rows = [*page(connection, before, wanted)]
            yield from (found for _, found in rows)
            if len(rows) < wanted:
                return
            before = rows[-1][0]
            rest = None if rest is None else rest - len(rows)

    def payload(self, turn: str) -> Any:
        """The provider's own JSON that a turn was logged with, or ``None``."""
        with self._database.reading() as connection:
            return turns.payload(connection, turn)

    def search(
        self,
        query: str,
        *,
        field: str | None = None,
        limit: int = 20,
        before: str | None = None,
    ) -> list[tuple[str, Message]]:
        """The latest messages that have all the words, each with its digest.

        Args:
            query: words in any case, ``"phrases"``, and beginnings: ``weath*``.
            field: only ``text``, ``reasoning``, ``tools`` (names and arguments) or
                ``output``.
            limit: at most so many.
            before: a message that was found, to find those before it.

        Raises:
            UsageError: for a query without a word, or another field.
        """
        if field is not None and field not in words.FIELDS:
            raise UsageError(f"field= wants one of {words.FIELDS}, not {field!r}")
        terms = words.asked(query)
        with self._database.reading() as connection:
            last = threads.tip_of(connection, before).id if before else None
            found = search.find(connection, terms, field, last, limit)
            return graph.by_row(connection, found)

    # -------------------------------------------------------------------- going on

    def pending_tool_calls(self, tip: str) -> list[ToolCallPart]:
        """The calls at the end of a conversation that have no results yet."""
        return pending_calls(self.conversation(tip))

    def response(self, tip: str, *, model: Answers | None = None) -> Response:
        """The response that ended with a message, to go on from.

        Args:
            tip: its last message.
            model: who goes on; unless given, who answered.

        Raises:
            UsageError: if no model answered there, or nobody of its name is known.
        """
        data = self.response_dict(tip)
        if model is None and not data["model"]:
            raise UsageError(f"no turn ends with {tip}: say who goes on with model=")
        return Response.from_dict(data, model=model)

    def response_dict(self, tip: str) -> ResponseDict:
        """The same, as :meth:`harness.Response.to_dict` gives it.

        Where no model answered, ``model`` is empty, and what an assistant says at the
        end is the answer.
        """
        with self._database.reading() as connection:
            node = threads.tip_of(connection, tip)
            return turns.as_response(connection, node, tip)

    def reply(
        self,
        tip: str,
        prompt: str | None = None,
        *,
        model: Answers | None = None,
        **asking: Unpack[Asking],
    ) -> Response:
        """Go on from a message, as :meth:`harness.Response.reply` does."""
        return self.response(tip, model=model).reply(prompt, **asking)
