"""Both engines: every test that takes ``place`` or ``store`` is run on each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from harness.store import Store
from tests.store.postgres import ABSENT, programs, server

Open: TypeAlias = Callable[[], Store]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a database of our own."""
    bin = programs()
    if bin is None:
        pytest.skip(ABSENT)
    with server(bin) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store can be made that nobody else has."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    url: str = request.getfixturevalue("postgresql")
    return f"{url}&schema=test_{os.urandom(8).hex()}"


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """A new store."""
    with Store(place) as made:
        yield made
