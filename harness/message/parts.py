"""Parts: what stands in a message when it is over.

Names and fields are those of ``llm.parts``
(https://llm.datasette.io/en/stable/python-api.html), so that code moves over by
changing its import. All are values: frozen, compared by what they hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object as :mod:`json` reads it."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something that is not text: given by path, by URL or by its bytes.

    ``type`` is a MIME type such as ``image/png``.
    """

    type: str | None = None
    path: str | None = None
    url: str | None = None
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words meant for the reader."""

    type: ClassVar[str] = "text"
    text: str = ""
    provider_metadata: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class ReasoningPart:
    """What the model thought; ``redacted`` when it thought but will not say.

    Also carries the opaque state a provider wants back (signatures, encrypted
    reasoning, compaction) in ``provider_metadata``, often with empty ``text``.
    """

    type: ClassVar[str] = "reasoning"
    text: str = ""
    redacted: bool = False
    provider_metadata: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class ToolCallPart:
    """The model asks for a tool; the provider runs it if ``server_executed``.

    ``arguments`` is a JSON object, or whatever JSON the model wrote instead;
    text that is no JSON at all is kept as ``{"_raw": text}``.
    """

    type: ClassVar[str] = "tool_call"
    name: str = ""
    arguments: Any = field(default_factory=dict)
    tool_call_id: str | None = None
    server_executed: bool = False
    provider_metadata: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class ToolResultPart:
    """What a tool gave back; ``exception`` is ``"Class: message"`` if it failed."""

    type: ClassVar[str] = "tool_result"
    name: str = ""
    output: str = ""
    tool_call_id: str | None = None
    server_executed: bool = False
    attachments: tuple[Attachment, ...] = ()
    exception: str | None = None
    provider_metadata: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class AttachmentPart:
    """An image, a sound or a document, said by either side."""

    type: ClassVar[str] = "attachment"
    attachment: Attachment | None = None
    provider_metadata: JsonObject | None = None


Part: TypeAlias = (
    TextPart | ReasoningPart | ToolCallPart | ToolResultPart | AttachmentPart
)


@dataclass(frozen=True, slots=True)
class Message:
    """One speaker's parts, in order.

    ``role`` is ``system``, ``user``, ``assistant`` or ``tool``; left open, since
    providers add their own.
    """

    role: str
    parts: tuple[Part, ...] = ()
    provider_metadata: JsonObject | None = None
