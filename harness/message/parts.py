"""Parts: what stands in a message when it is over.

Names and fields are those of ``llm.parts``
(https://llm.datasette.io/en/stable/python-api.html), so that code moves over by
changing its import. All are values: frozen, compared by what they hold. Each goes to
JSON and back, in the shapes of :mod:`harness.message.serial`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias, get_args

from harness.message.serial import (
    AttachmentDict,
    AttachmentPartDict,
    MessageDict,
    ReasoningPartDict,
    TextPartDict,
    ToolCallPartDict,
    ToolResultPartDict,
)

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

    def to_dict(self) -> AttachmentDict:
        """As JSON-safe data, its bytes in base64."""
        d: AttachmentDict = {}
        if self.type:
            d["type"] = self.type
        if self.url:
            d["url"] = self.url
        if self.path:
            d["path"] = self.path
        if self.content:
            d["content"] = base64.b64encode(self.content).decode()
        return d

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Attachment:
        """From its JSON data.

        Raises:
            ValueError: for content that is not base64.
        """
        content = data.get("content")
        try:
            decoded = base64.b64decode(content, validate=True) if content else None
        except binascii.Error as error:
            raise ValueError(f"attachment content is not base64: {error}") from error
        return cls(data.get("type"), data.get("path"), data.get("url"), decoded)


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words meant for the reader."""

    type: ClassVar[str] = "text"
    text: str = ""
    provider_metadata: JsonObject | None = None

    def to_dict(self) -> TextPartDict:
        """As JSON-safe data."""
        d: TextPartDict = {"type": "text", "text": self.text}
        if self.provider_metadata:
            d["provider_metadata"] = self.provider_metadata
        return d

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TextPart:
        """From its JSON data."""
        return cls(data["text"], _metadata(data))


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

    def to_dict(self) -> ReasoningPartDict:
        """As JSON-safe data."""
        d: ReasoningPartDict = {"type": "reasoning", "text": self.text}
        if self.redacted:
            d["redacted"] = True
        if self.provider_metadata:
            d["provider_metadata"] = self.provider_metadata
        return d

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ReasoningPart:
        """From its JSON data."""
        return cls(data["text"], bool(data.get("redacted")), _metadata(data))


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

    def to_dict(self) -> ToolCallPartDict:
        """As JSON-safe data."""
        d: ToolCallPartDict = {
            "type": "tool_call",
            "name": self.name,
            "arguments": self.arguments,
        }
        if self.tool_call_id is not None:
            d["tool_call_id"] = self.tool_call_id
        if self.server_executed:
            d["server_executed"] = True
        if self.provider_metadata:
            d["provider_metadata"] = self.provider_metadata
        return d

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ToolCallPart:
        """From its JSON data."""
        return cls(
            data["name"],
            data["arguments"],
            data.get("tool_call_id"),
            bool(data.get("server_executed")),
            _metadata(data),
        )


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

    def to_dict(self) -> ToolResultPartDict:
        """As JSON-safe data."""
        d: ToolResultPartDict = {
            "type": "tool_result",
            "name": self.name,
            "output": self.output,
        }
        if self.tool_call_id is not None:
            d["tool_call_id"] = self.tool_call_id
        if self.server_executed:
            d["server_executed"] = True
        if self.exception is not None:
            d["exception"] = self.exception
        if self.attachments:
            d["attachments"] = [a.to_dict() for a in self.attachments]
        if self.provider_metadata:
            d["provider_metadata"] = self.provider_metadata
        return d

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ToolResultPart:
        """From its JSON data."""
        return cls(
            name=data["name"],
            output=data["output"],
            tool_call_id=data.get("tool_call_id"),
            server_executed=bool(data.get("server_executed")),
            attachments=tuple(map(Attachment.from_dict, data.get("attachments", ()))),
            exception=data.get("exception"),
            provider_metadata=_metadata(data),
        )


@dataclass(frozen=True, slots=True)
class AttachmentPart:
    """An image, a sound or a document, said by either side."""

    type: ClassVar[str] = "attachment"
    attachment: Attachment | None = None
    provider_metadata: JsonObject | None = None

    def to_dict(self) -> AttachmentPartDict:
        """As JSON-safe data."""
        d: AttachmentPartDict = {"type": "attachment"}
        if self.attachment:
            d["attachment"] = self.attachment.to_dict()
        if self.provider_metadata:
            d["provider_metadata"] = self.provider_metadata
        return d

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AttachmentPart:
        """From its JSON data."""
        held = data.get("attachment")
        return cls(Attachment.from_dict(held) if held else None, _metadata(data))


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

    def to_dict(self) -> MessageDict:
        """As JSON-safe data."""
        d: MessageDict = {
            "role": self.role,
            "parts": [part.to_dict() for part in self.parts],
        }
        if self.provider_metadata:
            d["provider_metadata"] = self.provider_metadata
        return d

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Message:
        """From its JSON data.

        Raises:
            KeyError: for a required key that is not there.
            ValueError: for a part of an unknown type, or content that is not base64.
        """
        parts = tuple(map(load_part, data.get("parts", ())))
        return cls(data["role"], parts, _metadata(data))


def load_part(data: Mapping[str, Any]) -> Part:
    """A part from its JSON data; raises as :meth:`Message.from_dict` does."""
    try:
        kind = PARTS[data["type"]]
    except KeyError:
        wanted = ", ".join(PARTS)
        raise ValueError(
            f"unknown part type {data.get('type')!r}: not one of {wanted}"
        ) from None
    return kind.from_dict(data)


def _metadata(data: Mapping[str, Any]) -> JsonObject | None:
    return data.get("provider_metadata") or None


PARTS: dict[str, type[Part]] = {kind.type: kind for kind in get_args(Part)}
"""Part type to the class that reads its JSON."""
