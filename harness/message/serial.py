"""JSON shapes: what ``to_dict`` gives and ``from_dict`` takes.

They are those of ``llm.serialization``
(https://llm.datasette.io/en/stable/python-api.html) and a few of our own. What is
absent, false or empty is left out; keys nobody knows are ignored on the way in.
"""

# No deferred annotations here: a TypedDict reads NotRequired as it is made.

from typing import Any, Literal, NotRequired, TypeAlias

# Not typing's: pydantic takes that only from Python 3.12 on.
from typing_extensions import TypedDict


class AttachmentDict(TypedDict, total=False):
    """An attachment; ``content`` is base64."""

    type: str
    url: str
    path: str
    content: str


class TextPartDict(TypedDict):
    """A :class:`~harness.message.parts.TextPart`."""

    type: Literal["text"]
    text: str
    provider_metadata: NotRequired[dict[str, Any]]


class ReasoningPartDict(TypedDict):
    """A :class:`~harness.message.parts.ReasoningPart`."""

    type: Literal["reasoning"]
    text: str
    redacted: NotRequired[bool]
    provider_metadata: NotRequired[dict[str, Any]]


class ToolCallPartDict(TypedDict):
    """A :class:`~harness.message.parts.ToolCallPart`; ``arguments`` is any JSON."""

    type: Literal["tool_call"]
    name: str
    arguments: Any
    tool_call_id: NotRequired[str]
    server_executed: NotRequired[bool]
    provider_metadata: NotRequired[dict[str, Any]]


class ToolResultPartDict(TypedDict):
    """A :class:`~harness.message.parts.ToolResultPart`."""

    type: Literal["tool_result"]
    name: str
    output: str
    tool_call_id: NotRequired[str]
    server_executed: NotRequired[bool]
    exception: NotRequired[str]
    attachments: NotRequired[list[AttachmentDict]]
    provider_metadata: NotRequired[dict[str, Any]]


class AttachmentPartDict(TypedDict):
    """An :class:`~harness.message.parts.AttachmentPart`."""

    type: Literal["attachment"]
    attachment: NotRequired[AttachmentDict]
    provider_metadata: NotRequired[dict[str, Any]]


PartDict: TypeAlias = (
    TextPartDict
    | ReasoningPartDict
    | ToolCallPartDict
    | ToolResultPartDict
    | AttachmentPartDict
)


class MessageDict(TypedDict):
    """A :class:`~harness.message.parts.Message`."""

    role: str
    parts: list[PartDict]
    provider_metadata: NotRequired[dict[str, Any]]


class ToolDict(TypedDict):
    """A :class:`~harness.message.turn.Tool`."""

    name: str
    description: NotRequired[str]
    input_schema: dict[str, Any]
    provider_metadata: NotRequired[dict[str, Any]]


class ServerSideToolDict(TypedDict):
    """A :class:`~harness.message.turn.ServerSideTool`."""

    server_side: dict[str, Any]


class PromptDict(TypedDict):
    """What a response answers: the whole input chain, and its options."""

    messages: list[MessageDict]
    options: NotRequired[dict[str, Any]]
    system: NotRequired[str]
    schema: NotRequired[dict[str, Any]]
    tools: NotRequired[list[ToolDict | ServerSideToolDict]]
    hide_reasoning: NotRequired[bool]


class StreamEventDict(TypedDict):
    """A :class:`~harness.message.events.StreamEvent`."""

    type: str
    chunk: str
    part_index: NotRequired[int]
    tool_call_id: NotRequired[str]
    server_executed: NotRequired[bool]
    tool_name: NotRequired[str]
    redacted: NotRequired[bool]
    provider_metadata: NotRequired[dict[str, Any]]
    message_index: NotRequired[int]
    exception: NotRequired[str]
    attachments: NotRequired[list[AttachmentDict]]


class UsageDict(TypedDict, total=False):
    """Token counts; what the provider did not say is absent."""

    input: int
    output: int
    details: dict[str, Any]


class ResponseDict(TypedDict):
    """A response, with all that is needed to reply to it in another process."""

    model: str
    prompt: PromptDict
    messages: list[MessageDict]
    id: NotRequired[str]
    usage: NotRequired[UsageDict]
    datetime_utc: NotRequired[str]
    finish_reason: NotRequired[str]
    stream_events: NotRequired[list[StreamEventDict]]
