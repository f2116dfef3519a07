"""How an answer of Converse ends: stop reasons and token counts, both ways."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import NotExpressible
from harness.message.events import Finish, Usage
from harness.message.parts import JsonObject
from harness.providers._usage import Counts

FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "malformed_model_output": "other",
    "malformed_tool_use": "other",
}
"""Their stop reason, our finish reason; the first of each is the way back."""

COUNTS = Counts(
    "inputTokens",
    "outputTokens",
    {
        "cached": ("cacheReadInputTokens",),
        "cache_write": ("cacheWriteInputTokens",),
    },
)
"""Input does not count what was read from a cache or written to one; the total does."""

TOTAL = "totalTokens"


def finish_reason(word: str | None, *, called: bool) -> str:
    """Our finish reason for theirs; an answer that calls a tool waits for it."""
    reason = FINISH.get(word or "end_turn", "other")
    return "tool_calls" if reason == "stop" and called else reason


def stop_reason(last: Finish) -> str:
    """The stop reason that was heard, if it says the same; else the first that does.

    Raises:
        NotExpressible: for a reason that the wire has no word for.
    """
    word = last.provider_reason
    if word and last.reason in (finish_reason(word, called=c) for c in (False, True)):
        return word
    words = (theirs for theirs, ours in FINISH.items() if ours == last.reason)
    found = next(words, None)
    if found is None:
        raise NotExpressible(f"bedrock: no stopReason says {last.reason!r}")
    return found


def counted(usages: Sequence[Usage]) -> JsonObject:
    """The last counts; the API leaves out neither of the two nor their sum.

    Raises:
        NotExpressible: for a count of thoughts, which the wire does not make.
    """
    usage = usages[-1] if usages else Usage()
    if "reasoning" in usage.details:
        raise NotExpressible("bedrock: no count of reasoning tokens")
    named = [usage.details.get(name) or 0 for name in COUNTS.named]
    total = sum(named, (usage.input or 0) + (usage.output or 0))
    said = {COUNTS.input: 0, COUNTS.output: 0, TOTAL: total}
    return said | COUNTS.write(usage)
