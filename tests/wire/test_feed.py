"""A feed: pushing gives exactly what pulling gives, whatever happens on the way."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import itertools
import sys
import weakref
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.errors import ConnectionLost, WireError
from harness.message.assemble import disassemble
from harness.message.events import Event, Finish, Usage
from harness.providers import PROVIDERS
from harness.providers._provider import Provider
from harness.providers._square import hear, speak
from harness.wire import cut, sse
from harness.wire.feed import Feed, pulled
from tests import strategies as strategy
from tests.wires import WIRES

Read: TypeAlias = Callable[[Iterator[Any]], Iterable[Any]]
Log: TypeAlias = list[tuple[str, object]]

SSE = (("content-type", "text/event-stream"),)
CUTS = [cut.whole, cut.event, cut.byte, *(cut.at_random(seed) for seed in range(3))]
ENDS: list[Event] = [Usage(7, 5), Finish("stop")]


@dataclass
class Story:
    """A reader's life: its items, what happens after them, and when it is left."""

    read: Read
    items: list[Any]
    error: Exception | None = None
    close_after: int | None = None
    log: Log = field(default_factory=list)

    def reader(self, source: Iterator[Any]) -> Iterator[Any]:
        """The reader, telling the log when it says something and when it ends."""
        try:
            for said in self.read(source):
                self.log.append(("says", said))
                yield said
        except (ConnectionLost, WireError, KeyError, RuntimeError) as error:
            self.log.append(("raises", repr(error)))
            raise
        finally:
            self.log.append(("cleans up", None))

    def source(self) -> Iterator[Any]:
        for item in self.items:
            self.log.append(("takes", item))
            yield item
        if self.error is not None:
            raise self.error

    def hear(self, heard: Iterable[Any]) -> None:
        """Hear what is said, up to where the story closes the reader."""
        try:
            for number, said in enumerate(heard, 1):
                self.log.append(("hears", said))
                if number == self.close_after:
                    break
        except (ConnectionLost, WireError, KeyError, RuntimeError) as error:
            self.log.append(("is told", repr(error)))


def pull(story: Story) -> Log:
    with closing(story.reader(story.source())) as reader:  # type: ignore[type-var]
        story.hear(reader)
    return story.log


def push(story: Story) -> Log:
    feed = Feed(story.reader)

    def heard() -> Iterator[Any]:
        yield from feed.start()
        items = story.source()
        while not feed.done:
            try:
                came = feed.push(next(items))
            except StopIteration:
                came = feed.end()
            except ConnectionLost as error:
                came = feed.fail(error)
            yield from came

    story.hear(heard())
    feed.close()
    assert feed.done
    return story.log


def push_async(story: Story) -> Log:
    async def source() -> AsyncIterator[Any]:
        for item in story.source():
            await asyncio.sleep(0)
            yield item

    async def main() -> None:
        said: list[Any] = []
        async with aclosing(pulled(story.reader, source())) as heard:
            try:
                number = 0
                async for said in heard:
                    story.log.append(("hears", said))
                    number += 1
                    if number == story.close_after:
                        break
            except (ConnectionLost, WireError, KeyError, RuntimeError) as error:
                story.log.append(("is told", repr(error)))

    asyncio.run(main())
    return story.log


def assert_pushed_as_pulled(
    read: Read, items: list[Any], *, fails: bool, close_after: int | None
) -> None:
    logs = []
    for way in (pull, push, push_async):
        error = ConnectionLost("mid-body") if fails else None
        logs.append(way(Story(read, items, error, close_after)))
    assert logs[1] == logs[0]
    assert logs[2] == logs[0]


# Readers as they may be, each with a habit of its own.


def says_first(source: Iterator[int]) -> Iterator[str]:
    yield "hello"
    for item in source:
        yield f"{item}"
    yield "bye"


def stops_early(source: Iterator[int]) -> Iterator[int]:
    yield from itertools.islice(source, 2)


def never_reads(source: Iterator[int]) -> Iterator[str]:
    yield "enough"


def says_nothing(source: Iterator[int]) -> Iterator[int]:
    return iter(())


def only_counts(source: Iterator[int]) -> Iterator[int]:
    yield sum(1 for _ in source)


def says_it_thrice(source: Iterator[int]) -> Iterator[int]:
    return (item for item in source for _ in range(3))


def no_generator(source: Iterator[int]) -> Iterator[str]:
    return map(str, source)


def nested(source: Iterator[int]) -> Iterator[tuple[int, int]]:
    yield from itertools.pairwise(says_it_thrice(item + 1 for item in source))


def raises_in_between(source: Iterator[int]) -> Iterator[int]:
    for item in source:
        yield item
        if item > 2:
            raise KeyError(item)


def turns_errors_into_words(source: Iterator[int]) -> Iterator[object]:
    try:
        yield from source
    except ConnectionLost as error:
        yield "lost"
        yield f"{error}"
        yield list(source)


def raises_another(source: Iterator[int]) -> Iterator[int]:
    try:
        yield from source
    except ConnectionLost as error:
        raise KeyError("another") from error


def reads_on_after_the_end(source: Iterator[int]) -> Iterator[object]:
    yield list(source)
    yield next(source, "still nothing")


def raises_while_it_cleans_up(source: Iterator[int]) -> Iterator[int]:
    try:
        yield from source
    finally:
        raise KeyError("on the way out")


READERS: list[Read] = [
    says_first,
    stops_early,
    never_reads,
    says_nothing,
    only_counts,
    says_it_thrice,
    no_generator,
    nested,
    raises_in_between,
    turns_errors_into_words,
    raises_another,
    reads_on_after_the_end,
]


@pytest.mark.parametrize("read", READERS)
@given(
    st.lists(st.integers(0, 5), max_size=5),
    st.booleans(),
    st.none() | st.integers(1, 9),
)
def test_any_reader_is_pushed_as_it_is_pulled(
    read: Read, items: list[int], fails: bool, close_after: int | None
) -> None:
    assert_pushed_as_pulled(read, items, fails=fails, close_after=close_after)


@given(st.data())
def test_sse_is_pushed_as_it_is_pulled(data: st.DataObject) -> None:
    body = b"".join(sse.write(data.draw(strategy.frames)))
    body = data.draw(strategy.damaged(body))
    chunks = list(data.draw(st.sampled_from(CUTS))([body]))
    assert_pushed_as_pulled(
        sse.read,
        chunks[: data.draw(st.integers(0, len(chunks)))],
        fails=data.draw(st.booleans()),
        close_after=data.draw(st.none() | st.integers(1, 5)),
    )


@pytest.mark.parametrize("provider", [PROVIDERS[name] for name in WIRES], ids=WIRES)
@given(st.data())
def test_a_provider_is_pushed_as_it_is_pulled(
    provider: Provider, data: st.DataObject
) -> None:
    message = data.draw(strategy.answers(provider))
    assume(not provider.cannot_say(message))
    spoken = speak(provider, [*disassemble([message]), *ENDS], stream=True)
    chunks = list(data.draw(st.sampled_from(CUTS))(spoken.chunks))
    assert_pushed_as_pulled(
        lambda source: hear(provider, 200, SSE, source),
        chunks[: data.draw(st.integers(0, len(chunks)))],
        fails=data.draw(st.booleans()),
        close_after=data.draw(st.none() | st.integers(1, 12)),
    )


def test_what_comes_is_given_before_the_next_is_worked_out() -> None:
    worked_out = []

    def read(source: Iterator[int]) -> Iterator[int]:
        for item in source:
            for number in range(3):
                worked_out.append(number)
                yield item + number

    feed = Feed(read)
    came = feed.push(10)
    assert worked_out == []
    assert next(came) == 10
    assert worked_out == [0]
    assert list(came) == [11, 12]
    feed.close()


def test_a_feed_that_is_done_takes_items_and_says_nothing() -> None:
    feed = Feed(stops_early)
    assert [list(feed.push(n)) for n in range(4)] == [[0], [1], [], []]
    assert feed.done
    assert list(feed.start()) == list(feed.end()) == list(feed.fail(KeyError())) == []


def test_an_item_too_many_is_the_callers_mistake() -> None:
    feed = Feed(says_it_thrice)
    next(feed.push(1))
    with pytest.raises(RuntimeError, match="not heard to its end"):
        next(feed.push(2))
    feed.close()


def test_a_reader_that_never_began_is_never_run() -> None:
    story = Story(says_first, [])
    feed = Feed(story.reader)
    feed.close()
    feed.close()
    assert feed.done
    assert list(feed.push(1)) == []
    assert story.log == []


@pytest.mark.parametrize("asks", [True, False])
def test_closing_runs_every_finally_once_and_nothing_else(asks: bool) -> None:
    log: list[object] = []

    def inner(source: Iterator[int]) -> Iterator[int]:
        try:
            for item in source:
                yield item
                log.append("went on inside")
        finally:
            log.append("inner")
            log.append(list(source))

    def outer(source: Iterator[int]) -> Iterator[int]:
        try:
            yield from inner(source)
            log.append("went on outside")
        finally:
            log.append("outer")

    feed = Feed(outer)
    came = feed.push(1)
    next(came)
    if asks:
        assert list(came) == []
        log.clear()
    feed.close()
    feed.close()
    assert log == ["inner", [], "outer"]


@pytest.mark.parametrize("asks", [True, False])
def test_a_reader_that_will_not_be_closed_is_told_off(asks: bool) -> None:
    def stubborn(source: Iterator[int]) -> Iterator[str]:
        try:
            yield from map(str, source)
        except GeneratorExit:
            yield "no"

    feed = Feed(stubborn)
    came = feed.push(1)
    next(came)
    if asks:
        assert list(came) == []
    with pytest.raises(RuntimeError, match="ignored GeneratorExit"):
        feed.close()


def test_a_reader_may_return_when_it_is_closed() -> None:
    def polite(source: Iterator[int]) -> Iterator[int]:
        try:
            yield from source
        except GeneratorExit:
            return

    feed = Feed(polite)
    list(feed.push(1))
    feed.close()
    assert feed.done


@pytest.mark.parametrize("asks", [True, False])
def test_an_error_in_cleaning_up_reaches_whoever_closes(asks: bool) -> None:
    feed = Feed(raises_while_it_cleans_up)
    came = feed.push(1)
    next(came)
    if asks:
        assert list(came) == []
    with pytest.raises(KeyError, match="on the way out"):
        feed.close()
    assert feed.done


@pytest.mark.parametrize("asks", [True, False])
def test_a_feed_that_is_dropped_closes_its_reader_and_keeps_nothing(
    asks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", noise.append)
    story = Story(says_it_thrice, [])
    feed = Feed(story.reader)
    came = feed.push(1)
    next(came)
    if asks:
        list(came)
    dropped = weakref.ref(feed)
    del feed, came
    gc.collect()
    assert dropped() is None
    assert story.log[-1] == ("cleans up", None)
    assert noise == []


def test_an_error_shows_where_in_the_source_it_was_raised() -> None:
    feed = Feed(nested)
    list(feed.push(1))
    try:
        raise_from_the_network()
    except ConnectionLost as error:
        came = feed.fail(error)
    with pytest.raises(ConnectionLost) as caught:
        list(came)
    assert "raise_from_the_network" in [entry.name for entry in caught.traceback]


def raise_from_the_network() -> None:
    raise ConnectionLost("here")


def test_the_reader_is_at_home_with_whoever_pushes() -> None:
    said: contextvars.ContextVar[str] = contextvars.ContextVar("said", default="")

    def read(source: Iterator[str]) -> Iterator[str]:
        for item in source:
            yield said.get()
            said.set(item)

    async def main() -> list[str]:
        feed = Feed(read)
        heard: list[str] = []
        for word in ("a", "b"):
            said.set(word)
            heard += feed.push(word.upper())
            heard.append(said.get())
        # Another task has variables of its own.
        said.set("c")
        heard += await asyncio.create_task(pushed_there(feed))
        heard.append(said.get())
        feed.close()
        return heard

    async def pushed_there(feed: Feed[str, str]) -> list[str]:
        said.set("there")
        return [*feed.push("D"), said.get()]

    assert asyncio.run(main()) == ["a", "A", "b", "B", "there", "D", "c"]


def test_a_feed_works_inside_another_greenlet() -> None:
    def two_floors(source: Iterator[int]) -> Iterator[int]:
        inside = Feed(says_it_thrice)
        for item in source:
            yield from inside.push(item)
        yield from inside.end()

    feed = Feed(two_floors)
    assert [list(feed.push(1)), list(feed.push(2)), list(feed.end())] == [
        [1, 1, 1],
        [2, 2, 2],
        [],
    ]


def test_a_reader_comes_back_to_whoever_asked_not_to_whoever_made_it() -> None:
    made_here = Feed(says_it_thrice)

    def asks_it(source: Iterator[int]) -> Iterator[int]:
        for item in source:
            yield from made_here.push(item)

    assert list(Feed(asks_it).push(1)) == [1, 1, 1]
    assert list(made_here.push(2)) == [2, 2, 2]


def test_feeds_of_many_tasks_do_not_mix() -> None:
    async def source(name: int) -> AsyncIterator[int]:
        for number in range(20):
            await asyncio.sleep(0)
            yield name * 100 + number

    async def heard(name: int) -> list[Any]:
        return [pair async for pair in pulled(nested, source(name))]

    async def main() -> list[list[Any]]:
        return await asyncio.gather(*map(heard, range(10)))

    for name, pairs in enumerate(asyncio.run(main())):
        items = [name * 100 + number for number in range(20)]
        assert pairs == list(nested(iter(items)))


def test_a_reader_that_is_done_leaves_the_rest_of_the_source() -> None:
    async def main() -> tuple[list[int], list[int]]:
        async def numbers() -> AsyncIterator[int]:
            for number in range(5):
                yield number

        source = numbers()
        heard = [said async for said in pulled(stops_early, source)]
        return heard, [number async for number in source]

    assert asyncio.run(main()) == ([0, 1], [2, 3, 4])


def test_a_cancelled_listener_closes_the_reader() -> None:
    story = Story(says_first, [])

    async def main() -> None:
        asked = asyncio.Event()

        async def silent() -> AsyncIterator[int]:
            yield 1
            asked.set()
            await asyncio.Event().wait()

        async def listen() -> None:
            async for said in pulled(story.reader, silent()):
                story.log.append(("hears", said))

        task = asyncio.create_task(listen())
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert story.log[-2:] == [("hears", "1"), ("cleans up", None)]


def test_a_listener_that_the_loop_outlives_is_closed_with_the_loop() -> None:
    story = Story(says_first, [1, 2])
    left = []

    async def main() -> None:
        async def numbers() -> AsyncIterator[int]:
            for number in story.source():
                yield number

        left.append(pulled(story.reader, numbers()))
        await anext(left[0])
        await anext(left[0])

    asyncio.run(main())
    assert story.log[-1] == ("cleans up", None)


def test_what_is_no_error_of_the_source_does_not_pass_through_the_reader() -> None:
    seen = []

    def read(source: Iterator[int]) -> Iterator[int]:
        try:
            yield from source
        except BaseException as error:
            seen.append(type(error))
            raise

    async def main() -> None:
        async def interrupted() -> AsyncIterator[int]:
            yield 1
            raise KeyboardInterrupt

        async for _ in pulled(read, interrupted()):
            pass

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert seen == [GeneratorExit]
