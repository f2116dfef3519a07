"""Search: words of any script, wherever they stand."""

from __future__ import annotations

import pytest

from harness import (
    Message,
    ReasoningPart,
    Store,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    UsageError,
    user,
)

SAID = Message(
    "assistant",
    (
        ReasoningPart("Perhaps look_it-up…"),
        TextPart("Das WETTER in Zürich: 東京は晴れ, हिन्दी naïve straße don't 12.5"),
        ToolCallPart("get_weather", {"city": {"name": ["Basel", 7, None]}}),
        ToolResultPart("get_weather", "cloudless"),
    ),
)


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with one message to find, between two others."""
    store.append([user("before"), SAID, user("after Zug")])
    return store


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("wetter", None),
        ("WETTER zurich", None),
        ("Zürich", "text"),
        ("zu* wett*", "text"),
        ('"das wetter in"', None),
        ("東京", None),
        ("京は", "text"),
        ("हिन्दी", None),
        ("naive STRASSE", None),
        ("don't 12.5", None),
        ("look_it-up", "reasoning"),
        ("get_weather", "tools"),
        ("city basel 7 null", "tools"),
        ("cloudless", "output"),
        ("wetter perhaps basel cloudless", None),
        ('wetter "perhaps', None),
    ],
)
def test_it_is_found(filled: Store, query: str, field: str | None) -> None:
    assert [message for _, message in filled.search(query, field=field)] == [SAID]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("weather snow", None),
        ('"wetter das"', None),
        ("zuric", None),
        ("京東", None),
        ("wetter", "reasoning"),
        ("basel", "output"),
        ("cloudless", "tools"),
        ("assistant", None),
        ("'; DROP TABLE nodes", None),
        ('"up das"', None),
    ],
)
def test_it_is_not_found(filled: Store, query: str, field: str | None) -> None:
    assert filled.search(query, field=field) == []


def test_the_latest_come_first_a_page_at_a_time(store: Store) -> None:
    said = [user(f"word {number}") for number in range(25)]
    store.append(said)
    first = store.search("word", limit=10)
    assert [message for _, message in first] == said[:14:-1]
    rest = store.search("word", limit=100, before=first[-1][0])
    assert [message for _, message in rest] == said[14::-1]


def test_what_is_very_long_is_found_to_its_end(store: Store) -> None:
    words = " ".join(f"w{number}" for number in range(40_000))
    long = user(words, "x" * 300_000, "é" * 300, "the end")
    store.append([user("short"), long])
    assert len(store.search("w39999")) == len(store.search('"the end"')) == 1
    assert store.search("w1 w2") == store.search('"w7 w8"') != []


@pytest.mark.parametrize("query", ["", " ", "…", '""', "*", '"'])
def test_a_query_must_have_a_word(store: Store, query: str) -> None:
    with pytest.raises(UsageError, match="no word to look for"):
        store.search(query)


def test_a_field_must_be_one(store: Store) -> None:
    with pytest.raises(UsageError, match=r"'reasoning'.*not 'words'"):
        store.search("a", field="words")
