"""A spec-driven test harness and record/replay provider mock for LLM adapters.

A name is imported when it is first used: pytest loads this package in every session,
and the command line for every ``--help``. (PYTEST_DONT_REWRITE: the asserts in here
are for type checkers, and whoever watches a pytest has imported this before it.)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
        NotStorable,
        OverloadedError,
        ProviderError,
        RateLimitError,
        ResponseClosed,
        SpecError,
        StoreDamaged,
        StoreError,
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
    from harness.store import Store
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
    "NotStorable",
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
    "Store",
    "StoreDamaged",
    "StoreError",
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

WHERE = {
    "errors": (
        "AuthenticationError CassetteError ChainLimitExceeded ConnectionLost "
        "ContentRefused EventError HarnessError InvalidRequestError NotExpressible "
        "NotStorable OverloadedError ProviderError RateLimitError ResponseClosed "
        "SpecError StoreDamaged StoreError StreamTruncated TimedOut UsageError "
        "WireError"
    ),
    "message.assemble": "assemble disassemble",
    "message.events": "Error Event Finish StreamEvent Unknown Usage",
    "message.parts": (
        "Attachment AttachmentPart Message Part ReasoningPart TextPart ToolCallPart "
        "ToolResultPart load_part"
    ),
    "message.roles": "assistant system tool_message user",
    "message.serial": (
        "AttachmentDict MessageDict PartDict PromptDict ResponseDict StreamEventDict "
        "UsageDict"
    ),
    "message.turn": "ServerSideTool",
    "reference.async_response": "AsyncResponse",
    "reference.chain": "AsyncChainResponse ChainResponse",
    "reference.conversation": "AsyncConversation Conversation",
    "reference.model": "AsyncModel Model get_async_model get_model",
    "reference.prompt": "Prompt",
    "reference.response": "Response",
    "reference.sending": "Retries",
    "reference.tools.tool": (
        "CancelToolCall PauseChain Tool Toolbox ToolCall ToolOutput ToolResult"
    ),
    "run.door": "Adapter Ask Reply Session Who",
    "store": "Store",
    "wire.http": "Answer AsyncAnswer AsyncTransport Request Transport",
}
"""The module of each public name, as it stands above for type checkers."""

if not TYPE_CHECKING:

    def __getattr__(name):
        """A public name, from where it is."""
        for module, names in WHERE.items():
            if name in names.split():
                found = getattr(import_module(f"{__name__}.{module}"), name)
                globals()[name] = found
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        """All public names, be they imported already or not."""
        return sorted({*globals(), *__all__})
