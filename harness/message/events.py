"""Events: one thing a stream says.

:class:`StreamEvent` has the fields of ``llm.StreamEvent``. Beyond llm there is an
``attachment`` event (with ``attachments``, and ``exception`` for failed tool
results), and four events that never become parts: :class:`Usage`,
:class:`Finish`, :class:`Error`, :class:`Unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, TypeAlias, cast

from harness.message.parts import Attachment, JsonObject
from harness.message.serial import StreamEventDict, UsageDict

CONTENT_TYPES = (
    "text",
    "reasoning",
    "tool_call_name",
    "tool_call_args",
    "tool_result",
    "attachment",
)
"""What ``StreamEvent.type`` may be."""

CONTROL_TYPES = ("usage", "finish", "error", "unknown")
"""The types of the events that never become parts."""


class StreamEvent(NamedTuple):
    """A piece of a part.

    A named tuple, not a dataclass, because a stream makes thousands: it is built
    eight times faster than a frozen dataclass of as many fields.

    ``part_index`` says which part the piece belongs to (``None``: work it out);
    ``chunk`` is text to append; ``provider_metadata`` is merged deeply into the
    part's, later keys winning.
    """

    type: str
    chunk: str = ""
    part_index: int | None = None
    tool_call_id: str | None = None
    server_executed: bool = False
    tool_name: str | None = None
    redacted: bool = False
    provider_metadata: JsonObject | None = None
    message_index: int = 0
    exception: str | None = None
    attachments: tuple[Attachment, ...] = ()

    def to_dict(self) -> StreamEventDict:
        """As JSON-safe data: what is not said is left out, an empty chunk is not."""
        fields = zip(self._fields, self, strict=True)
        silent = self._field_defaults | {"chunk": None}
        d: dict[str, Any] = {k: v for k, v in fields if v != silent.get(k)}
        if self.attachments:
            d["attachments"] = [a.to_dict() for a in self.attachments]
        return cast("StreamEventDict", d)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StreamEvent:
        """From its JSON data.

        Raises:
            KeyError: without ``type`` or ``chunk``.
            ValueError: for an attachment's content that is not base64.
        """
        said = {name: data[name] for name in cls._fields[2:] if name in data}
        if "attachments" in said:
            said["attachments"] = tuple(map(Attachment.from_dict, said["attachments"]))
        return cls(data["type"], data["chunk"], **said)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens so far, the whole of it: a later one replaces an earlier one.

    ``details`` holds the provider's other counts under its own names, save these,
    which are the same everywhere: ``reasoning`` (output tokens spent thinking),
    ``cached`` (input tokens read from a cache), ``cache_write``.
    """

    type: ClassVar[str] = "usage"
    input: int | None = None
    output: int | None = None
    details: JsonObject = field(default_factory=dict)

    def to_dict(self) -> UsageDict:
        """As JSON-safe data, without what the provider did not say."""
        d: UsageDict = {}
        if self.input is not None:
            d["input"] = self.input
        if self.output is not None:
            d["output"] = self.output
        if self.details:
            d["details"] = self.details
        return d


FINISH_REASONS = (
    "stop",
    "length",
    "tool_calls",
    "content_filter",
    "refusal",
    "pause",
    "other",
)
"""What ``Finish.reason`` may be, whatever the provider calls it."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The provider said it is done: only ever sent for its own terminal event.

    ``reason`` is one of :data:`FINISH_REASONS`, ``provider_reason`` the wire's own
    word (``None`` where it gave none). ``provider_metadata`` holds what the answer
    says of itself as a whole: id, model, service tier.
    """

    type: ClassVar[str] = "finish"
    reason: str
    provider_reason: str | None = None
    provider_metadata: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Error:
    """The provider gave up, or the stream ended where it must not.

    ``kind`` is the provider's code for it, or ``truncated`` for a stream that ended
    before its terminal event. ``status`` is the HTTP status it stands for.
    """

    type: ClassVar[str] = "error"
    message: str
    kind: str | None = None
    status: int | None = None
    retryable: bool = False
    provider_metadata: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something the wire said that nobody taught us: kept, never dropped.

    ``tag`` is the wire's own name for it, ``data`` the payload it came in.
    """

    type: ClassVar[str] = "unknown"
    tag: str
    data: Any = None


Event: TypeAlias = StreamEvent | Usage | Finish | Error | Unknown
