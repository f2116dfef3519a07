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
from harness.message.roles import assistant, system, tool_message, user
from harness.message.serial import (
    AttachmentDict,
    MessageDict,
    PartDict,
    ResponseDict,
)
from harness.run.door import Adapter, Ask, Door, Reply, Session, Who
from harness.wire.http import Answer, Request

__all__ = [
    "Adapter",
    "Answer",
    "Ask",
    "Attachment",
    "AttachmentDict",
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
    "MessageDict",
    "NotExpressible",
    "Part",
    "PartDict",
    "ReasoningPart",
    "Reply",
    "Request",
    "ResponseDict",
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
    "assistant",
    "disassemble",
    "system",
    "tool_message",
    "user",
]

__version__ = "0.1.0"
