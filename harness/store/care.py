"""Care: a store looked after, and carried to another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.store import upkeep
from harness.store.carried import lines, llm_read, llm_rows, llm_write
from harness.store.database.engine import Database
from harness.store.imported import Imported
from harness.store.upkeep import Collected, Flaw


class Cared:
    """What is done with a store as a whole; :class:`Store` has the rest."""

    _database: Database

    def verify(self) -> Iterator[Flaw]:
        """Everything whose digest, derived anew, is not the one it is kept by.

        Nothing, where all is as it was put in. It is read once, from one moment.
        """
        with self._database.reading(snapshot=True) as connection:
            yield from upkeep.flaws(connection)

    def forget(self, thread: str) -> None:
        """Remove a thread and its turns, and with :meth:`gc` what only they led to."""
        self._database.write(lambda connection: upkeep.forget(connection, thread))

    def gc(self) -> Collected:
        """Remove what no thread and no turn leads to."""
        return self._database.write(upkeep.collect)

    def export(self, *tips: str) -> Iterator[str]:
        """Lines of JSON that :meth:`import_` takes, on whichever engine.

        Args:
            tips: only what leads to these messages, threads or turns, and the turns
                on the way.
        """
        with self._database.reading(snapshot=True) as connection:
            yield from lines.export(connection, tips)

    def import_(self, exported: Iterable[str]) -> Imported:
        """Take in what :meth:`export` gave; what is there already stays as it is.

        Raises:
            StoreDamaged: for a line that does not hold what its digest says; nothing is
                taken in then.
        """
        return self._database.write(lambda c: lines.Import(c).take(exported), 1)

    def import_llm(self, path: str | Path) -> Imported:
        """Take in what llm 0.36 logged, under the same digests, ids and names.

        What cannot be taken, since a file is gone or it is older than llm's messages,
        is in ``skipped``, each with why.

        Args:
            path: its ``logs.db``, which is only read.

        Raises:
            UsageError: for a file that is none, or is of an older llm.
        """
        source = llm_rows.opened(path, writes=False)
        return self._database.write(lambda c: llm_read.Reading(c, source).take(), 1)

    def export_llm(self, path: str | Path) -> Imported:
        """Put all of it into a database of llm 0.36, which finds it as its own.

        Args:
            path: a ``logs.db`` that llm made; what is in it stays.

        Raises:
            UsageError: for a file that is none, or is of an older llm.
        """
        target = llm_rows.opened(path, writes=True)
        with self._database.reading(snapshot=True) as connection:
            return llm_write.Writing(connection, target).give()
