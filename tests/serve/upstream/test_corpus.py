"""What real providers streamed grows on the same wire into what was recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from harness.errors import HarnessError
from harness.message.assemble import assemble
from harness.message.events import Event, Finish, StreamEvent, Usage
from harness.message.parts import Message
from harness.providers._provider import Provider
from harness.providers._square import hear
from harness.serve.upstream.growing import Growing
from harness.wire.frame import Frame
from tests.corpus.recordings import Recording, read
from tests.corpus.report import absent
from tests.corpus.wires import provider_of
from tests.test_corpus import CORPUS


def heard_again(provider: Provider, frames: Iterable[Frame]) -> list[Message]:
    head = (("content-type", provider.framing.content_type),)
    return [*assemble(hear(provider, 200, head, provider.framing.write(frames)))]


def several(content: Iterable[StreamEvent]) -> bool:
    """Whether it is several answers at once: none asks for that upstream."""
    return len({event.message_index for event in content}) > 1


def plain(event: Event) -> bool:
    """Whether an event is of what every vendor can say."""
    return (
        isinstance(event, StreamEvent)
        and not event.server_executed
        and (
            event.type in ("text", "tool_call_name", "tool_call_args")
            or (event.type == "reasoning" and event.chunk != "")
        )
    )


def test_what_was_streamed_grows_into_the_same() -> None:
    if not CORPUS.is_dir():
        pytest.skip(absent(CORPUS))
    grown = 0
    for recording in read(CORPUS):
        if not isinstance(recording, Recording) or recording.status >= 400:
            continue
        provider = provider_of(recording)
        if provider is None:
            continue
        try:
            events = [*hear(provider, 200, recording.headers, [recording.body])]
            content = [
                event._replace(provider_metadata=None)
                for event in events
                if isinstance(event, StreamEvent) and plain(event)
            ]
            ends = [e for e in events if isinstance(e, Finish)]
            if not ends or not 3 <= len(content) <= 600 or several(content):
                continue
            facts = {provider.namespace: provider.server.facts_of("m", "0" * 24)}
            usage = next((e for e in events[::-1] if isinstance(e, Usage)), Usage())
            last = replace(ends[-1], provider_metadata=facts)
            at_once = [*provider.synthesise([*content, usage, last])]
        except HarnessError:
            continue  # no answer, or none that can be said again
        growing = Growing(provider, facts)
        frames = [frame for event in content for frame in growing.tell(event)]
        frames += growing.end(usage, last)
        wanted = heard_again(provider, at_once)
        assert heard_again(provider, frames) == wanted, recording.path
        grown += 1
    assert grown > 100
