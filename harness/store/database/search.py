"""Search: the words of messages, by FTS5 in SQLite and by tsvector in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text

from harness.store.database.engine import SQLITE
from harness.store.database.quick import Quick
from harness.store.database.words import FIELDS, Term, spoken, words

MOST_WORDS = 16_000
MOST_LETTERS = 250_000
"""What one tsvector takes of positions, and safely of letters; more is in another."""

WEIGHTS = dict(zip(FIELDS, "ABCD", strict=True))
"""Field to the label under which PostgreSQL keeps its words."""


def create(connection: Connection) -> None:
    """Make the index."""
    for statement in CREATE[connection.dialect.name]:
        connection.execute(text(statement))


def add(connection: Connection, nodes: Sequence[tuple[int, str]]) -> None:
    """Index these nodes, each with its content."""
    rows = [(node, _words(content)) for node, content in nodes]
    if connection.dialect.name == SQLITE:
        told = [{"node": node, **_columns(said)} for node, said in rows if said]
        statement = ADD_SQLITE
    else:
        told = [
            {"node": node, "piece": number, "words": piece}
            for node, said in rows
            for number, piece in enumerate(_pieces(said))
        ]
        statement = ADD_POSTGRESQL
    if told:
        statement.many(connection, told)


def remove(connection: Connection, nodes: Sequence[tuple[int, str]]) -> None:
    """Take these nodes out, each with the content that it was added with."""
    if connection.dialect.name != SQLITE:
        return  # the rows go with their node
    rows = [(node, _words(content)) for node, content in nodes]
    told = [{"node": node, **_columns(said)} for node, said in rows if said]
    if told:
        REMOVE_SQLITE.many(connection, told)


def find(
    connection: Connection,
    terms: Sequence[Term],
    field: str | None,
    before: int | None,
    limit: int,
) -> list[int]:
    """The latest nodes that have all of these, before a node if one is given."""
    if connection.dialect.name == SQLITE:
        query = " AND ".join(map(_fts5, terms))
        query = f"{field}: ({query})" if field else query
        statement = FIND_SQLITE
    else:
        query = " & ".join(_tsquery(term, field) for term in terms)
        statement = FIND_POSTGRESQL
    told = {"query": query, "before": before or 2**62, "limit": limit}
    return [row[0] for row in statement.all(connection, told)]


def _words(content: str) -> dict[str, list[str]]:
    said = {field: words(told) for field, told in spoken(json.loads(content)).items()}
    return {field: found for field, found in said.items() if found}


# ------------------------------------------------------------------------------ SQLite


def _columns(said: dict[str, list[str]]) -> dict[str, str]:
    return {field: " ".join(said.get(field, ())) for field in FIELDS}


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + ("*" if term.begins else "")


# -------------------------------------------------------------------------- PostgreSQL


def _pieces(said: dict[str, list[str]]) -> Iterator[str]:
    """Vectors as PostgreSQL writes them: ``'word':1A,7B``."""
    places: dict[str, list[str]] = {}
    position = letters = 0
    for field, found in said.items():
        for word in found:
            if position == MOST_WORDS or letters > MOST_LETTERS:
                yield _vector(places)
                places, position, letters = {}, 0, 0
            position += 1
            at = places.setdefault(word, [])
            letters += 0 if at else len(word)
            if len(at) < MOST_PLACES:
                at.append(f"{position}{WEIGHTS[field]}")
        position = min(position + 1, MOST_WORDS)  # no phrase goes from field to field
    if places:
        yield _vector(places)


def _vector(places: dict[str, list[str]]) -> str:
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())


def _tsquery(term: Term, field: str | None) -> str:
    label = WEIGHTS[field] if field else ""
    last = len(term.words) - 1
    return " <-> ".join(
        f"'{word}':{'*' if term.begins and number == last else ''}{label}".rstrip(":")
        for number, word in enumerate(term.words)
    )


MOST_PLACES = 255
"""Places of one word that PostgreSQL remembers."""

CREATE: dict[str, tuple[str, ...]] = {
    "sqlite": (
        # The words are in the nodes already: FTS5 keeps the index and no copy. It
        # splits at blanks, which is where we put them.
        f"CREATE VIRTUAL TABLE search USING fts5"
        f"({', '.join(FIELDS)}, content='', tokenize='ascii')",
    ),
    "postgresql": (
        "CREATE TABLE search (node bigint REFERENCES nodes ON DELETE CASCADE, "
        "piece integer, words tsvector NOT NULL, PRIMARY KEY (node, piece))",
        "CREATE INDEX search_words ON search USING gin (words)",
    ),
}

ADD_SQLITE = Quick(
    f"INSERT INTO search (rowid, {', '.join(FIELDS)}) "
    f"VALUES (:node, :{', :'.join(FIELDS)})"
)
REMOVE_SQLITE = Quick(
    f"INSERT INTO search (search, rowid, {', '.join(FIELDS)}) "
    f"VALUES ('delete', :node, :{', :'.join(FIELDS)})"
)
FIND_SQLITE = Quick(
    "SELECT rowid FROM search WHERE search MATCH :query AND rowid < :before "
    "ORDER BY rowid DESC LIMIT :limit"
)
ADD_POSTGRESQL = Quick(
    "INSERT INTO search (node, piece, words) "
    "VALUES (:node, :piece, CAST(:words AS tsvector)) ON CONFLICT DO NOTHING"
)
FIND_POSTGRESQL = Quick(
    "SELECT DISTINCT node FROM search WHERE words @@ CAST(:query AS tsquery) "
    "AND node < :before ORDER BY node DESC LIMIT :limit"
)
