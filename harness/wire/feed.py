"""Feed: gives a reader that pulls the face of one that is pushed.

A reader is a generator over its source, nested as deep as it likes; async code has
an item now and then, and cannot be waited for inside ``next()``. So the reader runs
in a greenlet: where it asks its source for more it is left, and is gone back to once
there is more. What it says, raises and cleans up is what it would have when pulling.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Iterator
from functools import partial
from typing import Any, Generic, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

MORE = object()
"""What the reader's side says when it has nothing to say before the next item."""

END = object()
"""What the source is told instead of an item when there are no more."""


class Feed(Generic[In, Out]):
    """A reader that is handed its source item by item.

    Each method gives what came of its item, lazily, as the reader would: hear it to
    its end before the next. A feed that is dropped closes its reader, like a
    generator; all of it belongs to one thread.
    """

    def __init__(self, read: Callable[[Iterator[In]], Iterable[Out]]) -> None:
        # Only async code needs it: everybody else starts without.
        from greenlet import (  # type: ignore[import-untyped]  # it ships no types
            getcurrent,
            greenlet,
        )

        # Neither of the two knows the feed: garbage collection cannot look into a
        # greenlet, so a circle through it would never be freed.
        self._here = getcurrent
        self._source = _source(getcurrent)
        self._reader = greenlet(partial(_reading, getcurrent, read, self._source))

    @property
    def done(self) -> bool:
        """Whether the reader has returned, raised or been closed."""
        return bool(self._reader.dead)

    def start(self) -> Iterator[Out]:
        """What the reader says before it asks for anything; the others imply it."""
        if not self._reader and not self.done:
            yield from self._said(self._reader.switch)

    def push(self, item: In) -> Iterator[Out]:
        """What comes of one item; nothing once the reader is done."""
        return self._answered(self._reader.switch, item)

    def end(self) -> Iterator[Out]:
        """What comes of there being no more items."""
        return self._answered(self._reader.switch, END)

    def fail(self, error: BaseException) -> Iterator[Out]:
        """What comes of the source raising ``error`` where the next item was due."""
        return self._answered(self._throw, error)

    def close(self) -> None:
        """End the reader as a generator is closed: its ``finally`` blocks run."""
        if self.done:
            return
        if not self._asks:
            self._source.close()  # while it cleans up there is nothing more to read
        try:
            self._go(self._reader.throw, GeneratorExit)
        except GeneratorExit:
            return
        if not self.done:
            raise RuntimeError("the reader ignored GeneratorExit")

    @property
    def _asks(self) -> bool:
        return bool(self._source.gi_running)  # it is inside ``next()``, and left there

    def _answered(self, resume: Callable[..., Any], word: Any) -> Iterator[Out]:
        yield from self.start()
        if self.done:
            return
        if not self._asks:
            raise RuntimeError("what came of the last item was not heard to its end")
        yield from self._said(resume, word)

    def _said(self, resume: Callable[..., Any], *word: Any) -> Iterator[Out]:
        said = self._go(resume, *word)
        while said is not MORE:
            yield said
            said = self._reader.switch()

    def _go(self, resume: Callable[..., Any], *word: Any) -> Any:
        # A generator is at home with whoever asks it, and so is the reader: it comes
        # back here, and sees and sets the context variables that are seen here.
        caller = self._here()
        self._reader.parent = caller
        self._reader.gr_context = caller.gr_context
        return resume(*word)

    def _throw(self, error: BaseException) -> Any:
        return self._reader.throw(type(error), error, error.__traceback__)


async def pulled(
    read: Callable[[Iterator[In]], Iterable[Out]], source: AsyncIterable[In]
) -> AsyncGenerator[Out, None]:
    """What ``read`` makes of an async source, as it arrives.

    An error of the source reaches the reader where the next item was due, so that it
    can say something about it. The reader is closed however this ends. The source is
    not read on when the reader is done, and is left to its owner.
    """
    feed = Feed(read)
    items = aiter(source)
    switch = feed._reader.switch
    try:
        # The feed's own methods would do, at two more generators for every item.
        said = feed._go(switch)
        while True:
            while said is not MORE:
                yield said
                said = switch()
            if feed.done:
                return
            resume: Callable[..., Any] = switch
            word: Any = END
            try:
                word = await anext(items)
            except StopAsyncIteration:
                pass
            except Exception as error:  # whatever it is, the reader is to know
                resume, word = feed._throw, error
            said = feed._go(resume, word)
    finally:
        feed.close()


def _reading(
    here: Callable[[], Any],
    read: Callable[[Iterator[Any]], Iterable[Any]],
    source: Iterator[Any],
) -> object:
    reader = iter(read(source))
    try:
        for said in reader:
            here().parent.switch(said)
    finally:
        getattr(reader, "close", _nothing)()
    return MORE


def _source(here: Callable[[], Any]) -> Any:
    while (item := here().parent.switch(MORE)) is not END:
        yield item


def _nothing() -> None:
    """What closes an iterator that cannot be closed."""
