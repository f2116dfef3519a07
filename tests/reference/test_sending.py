"""Sending and trying again, with transports that answer by a script."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConnectionLost, TimedOut, UsageError
from harness.reference.sending import Retries, asend, pause, retry_after, send
from harness.wire.http import Answer, AsyncAnswer, Headers, Request

ASK = Request("POST", "https://example.org/v1")
THRICE = Retries(most=3, first=0.5, longest=60.0)
THEN = "Wed, 21 Oct 2015 07:28:00 GMT"
NINE_LATER = "Wed, 21 Oct 2015 07:28:09 GMT"

Outcome: TypeAlias = int | tuple[int, Headers] | Exception


class Scripted:
    """A transport with its outcomes in a row; ``log`` is all that happened."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.log: list[str] = []
        self._left = iter(outcomes)

    def send(self, request: Request) -> Answer:
        assert request is ASK
        self.log.append("sent")
        outcome = next(self._left)
        if isinstance(outcome, Exception):
            raise outcome
        status, headers = (outcome, ()) if isinstance(outcome, int) else outcome
        return Answer(status, headers, self._body(), lambda: self.log.append("closed"))

    def sleep(self, seconds: float) -> None:
        self.log.append(f"slept {seconds:g}")

    def _body(self) -> Iterator[bytes]:
        self.log.append("read")
        yield b"body"


class AsyncScripted:
    """The same, awaited."""

    def __init__(self, script: Scripted) -> None:
        self._script = script

    async def send(self, request: Request) -> AsyncAnswer:
        answer = self._script.send(request)

        async def chunks() -> AsyncIterator[bytes]:
            for chunk in answer.chunks:
                yield chunk

        async def close() -> None:
            answer.close()

        return AsyncAnswer(answer.status, answer.headers, chunks(), close)

    async def sleep(self, seconds: float) -> None:
        self._script.sleep(seconds)


def in_sync(script: Scripted, retries: Retries) -> int:
    return send(script, ASK, retries, script.sleep).status


def in_async(script: Scripted, retries: Retries) -> int:
    awaited = AsyncScripted(script)
    return asyncio.run(asend(awaited, ASK, retries, awaited.sleep)).status


Way: TypeAlias = Callable[[Scripted, Retries], int]
both_ways = pytest.mark.parametrize("way", [in_sync, in_async])


@both_ways
def test_a_good_answer_is_given_unread_and_open(way: Way) -> None:
    script = Scripted(200)
    assert way(script, THRICE) == 200
    assert script.log == ["sent"]


@both_ways
@pytest.mark.parametrize("outcome", [429, 500, 529])
def test_nothing_is_tried_again_unless_the_caller_says_so(
    way: Way, outcome: int
) -> None:
    script = Scripted(outcome)
    assert way(script, Retries()) == outcome
    assert script.log == ["sent"]


@both_ways
def test_a_failure_is_closed_before_the_wait_and_each_wait_is_twice_as_long(
    way: Way,
) -> None:
    script = Scripted(429, 503, 529, 200)
    assert way(script, THRICE) == 200
    assert script.log == [
        *("sent", "closed", "slept 0.5"),
        *("sent", "closed", "slept 1"),
        *("sent", "closed", "slept 2"),
        "sent",
    ]


@both_ways
def test_the_last_failure_is_given_as_it_is(way: Way) -> None:
    script = Scripted(500, 502, 503, 504, 200)
    assert way(script, THRICE) == 504
    assert script.log.count("sent") == 4
    assert script.log.count("closed") == 3
    assert script.log[-1] == "sent"


@both_ways
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_what_would_fail_again_is_sent_once(way: Way, status: int) -> None:
    script = Scripted(status, 200)
    assert way(script, THRICE) == status
    assert script.log == ["sent"]


@both_ways
@pytest.mark.parametrize("lost", [ConnectionLost("refused"), TimedOut("silence")])
def test_no_answer_at_all_is_tried_again(way: Way, lost: Exception) -> None:
    script = Scripted(lost, 200)
    assert way(script, THRICE) == 200
    assert script.log == ["sent", "slept 0.5", "sent"]


@both_ways
def test_the_last_lost_connection_is_raised_as_it_is(way: Way) -> None:
    last = TimedOut("the fourth")
    script = Scripted(*[ConnectionLost("an earlier one")] * 3, last)
    with pytest.raises(TimedOut) as caught:
        way(script, THRICE)
    assert caught.value is last
    assert script.log.count("sent") == 4


@both_ways
def test_a_mistake_of_the_caller_is_not_tried_again(way: Way) -> None:
    script = Scripted(UsageError("no address"), 200)
    with pytest.raises(UsageError):
        way(script, THRICE)
    assert script.log == ["sent"]


@both_ways
def test_the_provider_says_how_long_to_wait(way: Way) -> None:
    script = Scripted(
        (429, (("Retry-After", "7"),)), (529, (("retry-after-ms", "250"),)), 200
    )
    assert way(script, THRICE) == 200
    assert [entry for entry in script.log if "slept" in entry] == [
        "slept 7",
        "slept 0.25",
    ]


@both_ways
def test_a_provider_that_wants_a_longer_wait_is_not_tried_again(way: Way) -> None:
    script = Scripted((429, (("retry-after", "61"),)), 200)
    assert way(script, THRICE) == 429
    assert script.log == ["sent"]


def test_by_itself_it_really_sleeps() -> None:
    wait = Retries(most=1, first=0.02)
    started = time.monotonic()
    assert send(Scripted(500, 200), ASK, wait).status == 200
    between = time.monotonic()
    assert asyncio.run(asend(AsyncScripted(Scripted(500, 200)), ASK, wait)).status
    assert between - started >= 0.02
    assert time.monotonic() - between >= 0.02


def test_a_cancelled_wait_sends_nothing_more() -> None:
    script = Scripted(500, 200)

    async def cancelled() -> None:
        waiting = asyncio.Event()

        async def sleep(_: float) -> None:
            waiting.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(asend(AsyncScripted(script), ASK, THRICE, sleep))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert script.log == ["sent", "closed"]


@given(
    st.integers(1, 10**6),
    st.floats(0, 100),
    st.floats(0, 100),
    st.sampled_from([200, 404, 429, 500]),
    st.none() | st.floats(0, 200),
)
def test_no_wait_is_ever_longer_than_the_longest(
    attempt: int, first: float, longest: float, status: int, asked: float | None
) -> None:
    headers = () if asked is None else (("retry-after", str(asked)),)
    retries = Retries(10**6, first, longest)
    wait = pause(attempt, retries, Answer(status, headers, ()))
    assert wait is None or 0 <= wait <= longest
    if status < 429 or (asked is not None and asked > longest):
        assert wait is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((), None),
        ((("retry-after", "3"),), 3.0),
        ((("RETRY-AFTER", "1.5"),), 1.5),
        ((("retry-after", "0"),), 0.0),
        ((("retry-after-ms", "1500"), ("retry-after", "9")), 1.5),
        ((("retry-after-ms", "soon"), ("retry-after", "9")), 9.0),
        ((("retry-after", "-1"),), None),
        ((("retry-after", "nan"),), None),
        ((("retry-after", "inf"),), None),
        ((("retry-after", "in a while"),), None),
        ((("retry-after", ""),), None),
        ((("retry-after", NINE_LATER), ("date", THEN)), 9.0),
        ((("retry-after", THEN), ("date", NINE_LATER)), 0.0),
        ((("retry-after", "Wed Oct 21 07:28:09 2015"), ("date", THEN)), 9.0),
        ((("retry-after", "Wed, 21 Oct 99999 07:28:00 GMT"),), None),
        ((("retry-after", "Wed, 21 Oct 2015 07:28:00 +99999999999999"),), None),
        ((("retry-after", THEN),), 0.0),
    ],
)
def test_retry_after_is_read_in_all_its_forms(
    headers: Headers, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The official form of old has no zone: it is not to be taken for ours.
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        assert retry_after(headers) == seconds
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_date_without_the_answers_own_is_measured_by_our_clock() -> None:
    headers = (("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"),)
    asked = retry_after(headers)
    assert asked == pytest.approx(253402300799 - time.time(), abs=60)
