"""The checks every case gets without asking.

A check is a function from a case and the evidence to failures; the table at the
foot names them. What a spec expects in so many words is in ``expect.py``.
"""

from __future__ import annotations

from harness.suite.checks._failure import Check, Failure
from harness.suite.checks.asking import (
    replay_consumed,
    replay_hermetic,
    reply_echo,
    reply_ids,
    request_complete,
    request_secret,
    request_unchanged,
)
from harness.suite.checks.hearing import (
    async_parity,
    chunks_invariant,
    events_assemble,
    events_complete,
    events_valid,
    refusal_told,
    stream_parity,
    tool_calls_ids,
    tool_calls_parity,
    truncation,
    usage_sane,
)
from harness.suite.checks.keeping import (
    roundtrip_message,
    roundtrip_part,
    roundtrip_response,
)

__all__ = ["CHECKS", "Check", "Failure"]

CHECKS: dict[str, Check] = {
    "replay.consumed": replay_consumed,
    "replay.hermetic": replay_hermetic,
    "request.unchanged": request_unchanged,
    "request.complete": request_complete,
    "request.secret": request_secret,
    "events.valid": events_valid,
    "events.complete": events_complete,
    "events.assemble": events_assemble,
    "chunks.invariant": chunks_invariant,
    "stream.parity": stream_parity,
    "async.parity": async_parity,
    "tool_calls.parity": tool_calls_parity,
    "tool_calls.ids": tool_calls_ids,
    "roundtrip.part": roundtrip_part,
    "roundtrip.message": roundtrip_message,
    "roundtrip.response": roundtrip_response,
    "reply.echo": reply_echo,
    "reply.ids": reply_ids,
    "refusal.told": refusal_told,
    "usage.sane": usage_sane,
    "truncation": truncation,
}
"""Every implicit check by the id that reports, ``xfail.checks`` and baselines use."""
