"""A spec-driven test harness and record/replay provider mock for LLM adapters."""

from __future__ import annotations

from harness.errors import (
    AuthenticationError,
    CassetteError,
    ChainLimitExceeded,
    ConnectionLost,
    ContentRefused,
    EventError,
    HarnessError,
    InvalidRequestError,
    NotExpressible,
    OverloadedError,
    ProviderError,
    RateLimitError,
    ResponseClosed,
    SpecError,
    StreamTruncated,
    TimedOut,
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
    load_part,
)
from harness.message.roles import assistant, system, tool_message, user
from harness.message.serial import (
    AttachmentDict,
    MessageDict,
    PartDict,
    PromptDict,
    ResponseDict,
    StreamEventDict,
    UsageDict,
)
from harness.message.turn import ServerSideTool
from harness.reference.async_response import AsyncResponse
from harness.reference.chain import AsyncChainResponse, ChainResponse
from harness.reference.conversation import AsyncConversation, Conversation
from harness.reference.model import AsyncModel, Model, get_async_model, get_model
from harness.reference.prompt import Prompt
from harness.reference.response import Response
from harness.reference.sending import Retries
from harness.reference.tools.tool import (
    CancelToolCall,
    PauseChain,
    Tool,
    Toolbox,
    ToolCall,
    ToolOutput,
    ToolResult,
)
from harness.run.door import Adapter, Ask, Reply, Session, Who
from harness.wire.http import (
    Answer,
    AsyncAnswer,
    AsyncTransport,
    Request,
    Transport,
)

__all__ = [
    "Adapter",
    "Answer",
    "Ask",
    "AsyncAnswer",
    "AsyncChainResponse",
    "AsyncConversation",
    "AsyncModel",
    "AsyncResponse",
    "AsyncTransport",
    "Attachment",
    "AttachmentDict",
    "AttachmentPart",
    "AuthenticationError",
    "CancelToolCall",
    "CassetteError",
    "ChainLimitExceeded",
    "ChainResponse",
    "ConnectionLost",
    "ContentRefused",
    "Conversation",
    "Error",
    "Event",
    "EventError",
    "Finish",
    "HarnessError",
    "InvalidRequestError",
    "Message",
    "MessageDict",
    "Model",
    "NotExpressible",
    "OverloadedError",
    "Part",
    "PartDict",
    "PauseChain",
    "Prompt",
    "PromptDict",
    "ProviderError",
    "RateLimitError",
    "ReasoningPart",
    "Reply",
    "Request",
    "Response",
    "ResponseClosed",
    "ResponseDict",
    "Retries",
    "ServerSideTool",
    "Session",
    "SpecError",
    "StreamEvent",
    "StreamEventDict",
    "StreamTruncated",
    "TextPart",
    "TimedOut",
    "Tool",
    "ToolCall",
    "ToolCallPart",
    "ToolOutput",
    "ToolResult",
    "ToolResultPart",
    "Toolbox",
    "Transport",
    "Unknown",
    "Usage",
    "UsageDict",
    "UsageError",
    "Who",
    "WireError",
    "__version__",
    "assemble",
    "assistant",
    "disassemble",
    "get_async_model",
    "get_model",
    "load_part",
    "system",
    "tool_message",
    "user",
]

__version__ = "0.1.0"
