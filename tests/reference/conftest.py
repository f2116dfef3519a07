"""What the tests of flows share: nothing may go wrong where nobody looks."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def quick_collections() -> Iterator[None]:
    """Collections look at what the tests make, and at nothing older."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def quiet(quick_collections: None) -> Iterator[None]:
    """Nothing goes wrong in a ``__del__``, or in a collection."""
    noises: list[Any] = []
    before, sys.unraisablehook = sys.unraisablehook, noises.append
    try:
        yield
        gc.collect()
    finally:
        sys.unraisablehook = before
    assert [str(noise.exc_value) for noise in noises] == []
