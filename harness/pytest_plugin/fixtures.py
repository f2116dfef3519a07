"""Fixtures for tests written by hand; what they need is imported when they are used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.pytest_plugin.mock import Mocks
    from harness.pytest_plugin.replay import Replays
    from harness.pytest_plugin.tried import Cases


@pytest.fixture
def harness_replay(request: pytest.FixtureRequest) -> Iterator[Replays]:
    """Answer this process from recordings: ``harness_replay("cassettes/x.yaml")``.

    What is played is what was recorded, until the test ends, or the block if it is
    used by ``with``. Then the test fails if something was asked for that is not
    recorded, was asked for otherwise, was not asked for, or went past it.
    """
    from harness.pytest_plugin.replay import Replays

    replays = Replays(request.path.parent, request.config.rootpath)
    yield replays
    wrong = [*replays.close()]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.fixture
def harness_mock() -> Iterator[Mocks]:
    """Serve a provider: ``harness_mock("anthropic", says={"parts": [...]})``.

    Gives its ``base_url``, and the ``requests`` that came. The test fails if more is
    asked than it was told to say.
    """
    from harness.pytest_plugin.mock import Mocks

    mocks = Mocks()
    try:
        yield mocks
    finally:
        wrong = mocks.close()
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.fixture
def harness_case(request: pytest.FixtureRequest) -> Cases:
    """Try a case: ``harness_case("specs/text.spec.yaml::hello", adapter).check()``."""
    from harness.pytest_plugin.tried import Cases

    return Cases(request)


@pytest.fixture
def harness_snapshot(request: pytest.FixtureRequest) -> Any:
    """What an answer was when it was accepted: ``assert response == harness_snapshot``.

    Kept by syrupy in a file of YAML for each test; ``--snapshot-update`` accepts.
    """
    try:
        from harness.pytest_plugin.kept import AnswerExtension
    except ImportError:
        pytest.fail("harness_snapshot wants syrupy: pip install syrupy", pytrace=False)
    return request.getfixturevalue("snapshot").use_extension(AnswerExtension)
