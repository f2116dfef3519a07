"""A spec-driven test harness and record/replay provider mock for LLM adapters."""

from __future__ import annotations

from harness.errors import (
    CassetteError,
    ConnectionLost,
    EventError,
    HarnessError,
    NotExpressible,
    SpecError,
    UsageError,
    WireError,
)
from harness.message.assemble import assemble, disassemble
from harness.message.events import (
    Error,
    Event,
    Finish,
    StreamEvent,
    Unknown,
    Usage,
)
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.run.door import Adapter, Ask, Door, Reply, Session, Who
from harness.wire.http import Answer, Request

__all__ = [
    "Adapter",
    "Answer",
    "Ask",
    "Attachment",
    "AttachmentPart",
    "CassetteError",
    "ConnectionLost",
    "Door",
    "Error",
    "Event",
    "EventError",
    "Finish",
    "HarnessError",
    "Message",
    "NotExpressible",
    "Part",
    "ReasoningPart",
    "Reply",
    "Request",
    "Session",
    "SpecError",
    "StreamEvent",
    "TextPart",
    "ToolCallPart",
    "ToolResultPart",
    "Unknown",
    "Usage",
    "UsageError",
    "Who",
    "WireError",
    "__version__",
    "assemble",
    "disassemble",
]

__version__ = "0.1.0"
