"""From a log: a conversation that was kept, as a suite in which it is told again."""

from __future__ import annotations

from collections.abc import Iterator

from harness.cli._known import provider_named
from harness.cli.logged.log import opened
from harness.errors import UsageError
from harness.message.parts import Message
from harness.message.turn import Turn, load_tool
from harness.run import draft


def retold(name: str, tip: str, where: str | None, provider: str | None) -> str:
    """A suite in which the conversation up to ``tip`` is told again.

    Raises:
        UsageError: for one that no model answered, or of a wire nobody says.
    """
    with opened(where) as store:
        messages = store.conversation(tip, whole=True)
        turn = next(store.turns(store.digest(tip), limit=1), None)
    wire, _, model = (turn.model if turn else "").partition("/")
    named = provider or (turn.provider if turn else None) or (wire if model else None)
    if named is None:
        raise UsageError(f"on which wire was {tip} said? give --provider NAME")
    steps = []
    for start, end in _answers(messages):
        asked = Turn(
            model or wire or "any",
            tuple(messages[:start]),
            tuple(map(load_tool, turn.tools)) if turn else (),
            stream=True,
            schema=turn.schema if turn else None,
            options=turn.options if turn else {},
        )
        steps.append((asked, messages[start:end]))
    if not steps:
        raise UsageError(f"nobody answered in {tip}: there is nothing to test")
    return draft.retold(name, provider_named(named), steps)


def _answers(messages: list[Message]) -> Iterator[tuple[int, int]]:
    """Where each answer begins and ends."""
    start = None
    for number, message in enumerate([*messages, None]):
        said = message is not None and message.role == "assistant"
        if said and start is None:
            start = number
        if not said and start is not None:
            yield start, number
            start = None
