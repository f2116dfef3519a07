"""Stories: fixtures that follow on one another, told as conversations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from harness.cassette._flaw import Flaw
from harness.cassette.foreign.fixtures import Fixture

ANYTHING = "Anything."
"""What is asked where a fixture answers whatever it is asked."""


@dataclass(frozen=True, slots=True)
class Story:
    """Fixtures in the order of their turns, and what we do in each."""

    fixtures: tuple[Fixture, ...]
    steps: tuple[dict[str, Any], ...]
    asked: str | None

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls that wait for their results."""
        return self.fixtures[-1].calls


def told(fixtures: Iterable[Fixture]) -> tuple[list[Story], list[Flaw]]:
    """Every way the fixtures can be gone through, and those that cannot be reached.

    A fixture goes on where an earlier one stopped if its match says so: by the id or
    the text of a tool's result, by the number of the turn, or by being the next
    answer to a prompt whose last one called tools.
    """
    stories: list[Story] = []
    gone_on: set[int] = set()
    flaws: list[Flaw] = []
    for fixture in fixtures:
        place = _before(fixture, stories, gone_on)
        if place is not None:
            gone_on.add(place)
            stories.append(_longer(stories[place], fixture))
        elif _must_follow(fixture):
            message = "left out: no fixture before it is answered so"
            way = ("fixtures", fixture.number, "match")
            flaws.append(Flaw(way, "H514", message))
        else:
            asked = fixture.match.get("userMessage")
            step = {"prompt": asked if asked is not None else ANYTHING}
            stories.append(Story((fixture,), (step,), asked))
    ends = [story for n, story in enumerate(stories) if n not in gone_on]
    return ends, flaws


def _must_follow(fixture: Fixture) -> bool:
    match = fixture.match
    return bool(
        match.get("toolCallId") is not None
        or match.get("toolResultContains") is not None
        or match.get("hasToolResult")
        or (match.get("turnIndex") or 0) > 0
    )


def _before(fixture: Fixture, stories: list[Story], gone_on: set[int]) -> int | None:
    """The story that a fixture goes on with: the latest, one still open if it can be.

    One that has gone on already is told a second time, as where a tool's result
    decides.
    """
    may = [n for n, story in enumerate(stories) if _follows(fixture, story)]
    exact = [n for n in may if _names_a_call(fixture, stories[n])]
    may = exact or may
    still_open = [n for n in may if n not in gone_on]
    if not _must_follow(fixture):
        may = []
    return max(still_open or may, default=None)


def _follows(fixture: Fixture, story: Story) -> bool:
    """Whether every condition that the fixture makes holds after that story."""
    if story.fixtures[-1].breaks:
        return False
    match, waiting = fixture.match, bool(story.calls)
    asked = match.get("userMessage")
    same = asked is None or asked == story.asked
    if not _must_follow(fixture):
        # The next answer to the same prompt: only a tool's result asks it again.
        return bool((match.get("sequenceIndex") or 0) > 0 and waiting and same)
    turn = match.get("turnIndex")
    wants_result = any(key in match for key in ("toolCallId", "toolResultContains"))
    has_result = match.get("hasToolResult", True if wants_result else None)
    if turn is not None and turn != len(story.steps):
        return False
    if has_result is not None and bool(has_result) is not waiting:
        return False
    ids = [call.get("tool_call_id") for call in story.calls]
    wanted = match.get("toolCallId")
    if wanted is not None and wanted not in ids and any(ids):
        return False
    return same if waiting else turn is not None


def _names_a_call(fixture: Fixture, story: Story) -> bool:
    wanted = fixture.match.get("toolCallId")
    ids = [call.get("tool_call_id") for call in story.calls]
    return wanted is not None and wanted in ids


def _longer(story: Story, fixture: Fixture) -> Story:
    asked = fixture.match.get("userMessage")
    step: dict[str, Any] = {"reply": {}}
    if not story.calls:
        step = {"reply": {"prompt": asked if asked is not None else ANYTHING}}
    return Story(
        (*story.fixtures, fixture),
        (*story.steps, step),
        asked if asked is not None else story.asked,
    )


def results(stories: Iterable[Story]) -> Iterator[tuple[str, str, Fixture]]:
    """What tools are wanted to give: name, text, and the fixture that wants it."""
    for story in stories:
        for before, fixture in zip(story.fixtures, story.fixtures[1:], strict=False):
            wanted: Any = fixture.match.get("toolResultContains")
            named = fixture.match.get("toolCallId")
            for call in before.calls if wanted is not None else ():
                if named is None or call.get("tool_call_id") in (named, None):
                    yield call["name"], wanted, fixture
