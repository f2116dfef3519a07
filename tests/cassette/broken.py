"""What a broken cassette says of itself."""

from __future__ import annotations

import pytest

from harness.cassette import paper
from harness.errors import CassetteError, Problem


def the_problem(text: bytes) -> Problem:
    """The one problem that keeps these bytes from being a tape."""
    with pytest.raises(CassetteError) as caught:
        paper.load(text, "tapes/x.yaml")
    (problem,) = caught.value.problems
    assert problem.place.path == "tapes/x.yaml"
    return problem
