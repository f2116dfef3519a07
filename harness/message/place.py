"""Place: which part each event of a stream belongs to, where it does not say."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

from harness.errors import EventError
from harness.message.events import Event, StreamEvent

FAMILY = {"tool_call_name": "tool_call", "tool_call_args": "tool_call"}
"""Event types that build a part of another name; the rest build their own."""

FLOWING = frozenset({"text", "reasoning", "tool_call_args"})
"""Event types of which thousands in a row make one part."""

STARTERS = frozenset({"tool_call_name", "tool_result", "attachment"})
"""Event types that start a part of their own unless they say which they belong to."""

MADE = tuple.__new__
"""An event from all its fields, five times as fast as its ``_replace``."""


def resolve(events: Iterable[Event | str]) -> Iterator[StreamEvent]:
    """Content events, each with the ``part_index`` it belongs to.

    Raises as :func:`resolver` does.
    """
    steps = resolver()
    next(steps)
    for event in map(steps.send, events):
        if isinstance(event, StreamEvent):
            yield event


def resolver() -> Generator[Event, Event | str, None]:
    """Gives back each event it is sent, with the ``part_index`` it belongs to.

    Started by ``next``. Events that never become parts come back as they are.

    Raises:
        EventError: if two families of event claim one ``part_index``.
        TypeError: for something that is neither an event nor a string.
    """
    highest, last, last_msg, last_hid = -1, -1, 0, False
    last_family = last_id = flows = None
    index_of_id: dict[str, int] = {}
    families: dict[int, str] = {}
    event: Event = StreamEvent("")
    while True:
        item = yield event
        if item.__class__ is StreamEvent:
            event = item
        elif (event := _event(item)).__class__ is not StreamEvent:
            continue
        type_, chunk, index, id_, ran, tool, hid, data, msg, err, att = event
        same = hid == last_hid and msg == last_msg and id_ == last_id
        if same and type_ == flows:  # as nearly always
            if index is None:
                fields = (type_, chunk, last, id_, ran, tool, hid, data, msg, err, att)
                event = MADE(StreamEvent, fields)
                continue
            if index == last:
                continue
        family = FAMILY.get(type_, type_)
        if index is None:
            index = highest + 1
            if family == "tool_call" and id_:
                index = index_of_id.get(id_, index)
            elif family == last_family and msg == last_msg and type_ not in STARTERS:
                hides = hid != last_hid and type_ == "reasoning"
                index = index if hides else last
            event = MADE(StreamEvent, (type_, chunk, index, *event[3:]))
        if families.setdefault(index, family) != family:
            raise _claimed(index, type_)
        highest = max(highest, index)
        if id_ and family == "tool_call":
            index_of_id[id_] = index
        last, last_family, last_id, last_msg, last_hid = index, family, id_, msg, hid
        flows = type_ if type_ in FLOWING else None


def _claimed(index: int, type_: str) -> EventError:
    return EventError(
        f"StreamEvent type {type_!r} is incompatible with prior type at "
        f"part_index={index}. Allocate a new part_index for a different content type."
    )


def _event(item: Event | str) -> Event:
    """An item as an event: a plain string is text."""
    if isinstance(item, str):
        return StreamEvent("text", item)
    if isinstance(item, StreamEvent):
        return StreamEvent(*item)  # of a subclass, but it says the same
    if hasattr(item, "type"):
        return item
    raise TypeError(f"expected a StreamEvent or str, not {item!r}")
