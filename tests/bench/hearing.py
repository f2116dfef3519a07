"""Bytes to events, against the official SDK and against parsing the JSON alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from harness.providers._square import hear
from tests.bench import sdks
from tests.bench.clock import Side, turn_about
from tests.bench.rows import Aim, Row, compare
from tests.bench.streams import Stream

MEASURE = "bytes→events"
AGAINST_SDK = Aim(5, faster=True)
AGAINST_JSON = Aim(3, faster=False)

NOTE = (
    "Each stream is one chunk in memory. Of an SDK only the iteration over the answer is"
    " timed, not the request."
)


def measure(
    streams: Iterable[Stream], rounds: int, bytes_a_round: int
) -> Iterator[Row]:
    """Two rows a stream.

    Args:
        streams: to be heard.
        rounds: how often each.
        bytes_a_round: short streams are heard again until this much was.
    """
    for stream in streams:
        number = max(1, bytes_a_round // len(stream.body))
        sides = (_ours(stream), _sdk(stream), _limit(stream))
        ours, sdk, limit = turn_about(sides, rounds, number)
        what = f"{stream.provider.name}, {stream.name} ({len(stream.payloads)} frames)"
        names = (MEASURE, what, sdks.called(stream))
        yield compare(names, ours, sdk, AGAINST_SDK, note=NOTE)
        names = (MEASURE, what, "json.loads of the payloads")
        yield compare(names, ours, limit, AGAINST_JSON, note=NOTE)


def _ours(stream: Stream) -> Side:
    provider, headers, chunks = stream.provider, stream.headers, [stream.body]
    return Side(lambda: None, lambda _: list(hear(provider, 200, headers, chunks)))


def _sdk(stream: Stream) -> Side:
    return Side(sdks.opener(stream), list)


def _limit(stream: Stream) -> Side:
    payloads = stream.payloads
    return Side(lambda: None, lambda _: [json.loads(payload) for payload in payloads])
