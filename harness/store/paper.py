"""Paper: a message as the store keeps it, its attachments by what they hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.errors import NotStorable, StoreDamaged, UsageError
from harness.message.digest import PREFIX, digest
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ToolResultPart,
    load_part,
)
from harness.reference.wired.ready import resolve_type


@dataclass(frozen=True, slots=True)
class Sheet:
    """A message's JSON text; ``blobs`` are the bytes it names by their SHA-256."""

    content: str
    blobs: Mapping[str, bytes]


def pack(name: str) -> bytes:
    """A digest as its bytes.

    Raises:
        UsageError: for what is none.
    """
    try:
        found = bytes.fromhex(name.removeprefix(PREFIX))
    except ValueError:
        found = b""
    if len(found) != 16 or not name.startswith(PREFIX):
        raise UsageError(f"{name!r} is no digest: one is {PREFIX} and 32 hex digits")
    return found


def unpack(digest_: bytes) -> str:
    """The name of a digest."""
    return PREFIX + digest_.hex()


def _read(path: str) -> bytes | None:
    """What a file holds, or ``None`` if it cannot be read."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError):
        return None


class Files(dict[str, bytes | None]):
    """What files hold, each read once, so that all who ask are told the same."""

    def __missing__(self, path: str) -> bytes | None:
        self[path] = content = _read(path)
        return content


def named(message: Message, parent: str | None, files: Files) -> str:
    """The digest of a message after ``parent``, its attachments' types found out.

    Raises:
        NotStorable: for what no JSON, or no UTF-8, can hold.
    """
    try:
        for part in message.parts:
            if isinstance(part, SHOWING):
                typed = _with(
                    message, lambda held: replace(held, type=_type(held, files))
                )
                return digest(typed, parent, files.__getitem__)
        return digest(message, parent)
    except (TypeError, ValueError, RecursionError) as error:
        raise _refused(message, error) from error


def write(message: Message, files: Files) -> Sheet:
    """The message as it is kept.

    Raises:
        NotStorable: for what would not come back as it is.
    """
    blobs: dict[str, bytes] = {}
    data: JsonObject = {"role": message.role}
    data["parts"] = [_written(part, blobs, files) for part in message.parts]
    if message.provider_metadata:
        data["provider_metadata"] = message.provider_metadata
    try:
        return Sheet(as_json(data), blobs)
    except NotStorable as error:
        raise _refused(message, error) from error


def load(content: str, blobs: Mapping[str, bytes], name: str) -> Message:
    """The message that was written.

    Args:
        content: its JSON text.
        blobs: the bytes of its attachments, by SHA-256.
        name: what messages call it.

    Raises:
        StoreDamaged: for anything else.
    """
    return _message(content, lambda held: _attachment(held, blobs), name)


def load_whole(content: str, blobs: Mapping[str, bytes], name: str) -> Message:
    """The message with what its files held at the time in place of their paths.

    It has the same digest. Raises as :func:`load` does.
    """
    return _message(content, lambda held: _whole(held, blobs), name)


def blobs_of(content: str) -> set[str]:
    """The blobs that a message names, from its JSON text."""
    if '"blob":' not in content and '"file":' not in content:
        return set()
    held = (_attachments(part) for part in json.loads(content)["parts"])
    return {a[key] for found in held for a in found for key in KEPT if key in a}


def as_json(data: Any) -> str:
    """JSON that is read back as it was, in the order it was in.

    Raises:
        NotStorable: if there is none.
    """
    try:
        text = ENCODER.encode(data)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NotStorable(_why(error)) from error
    for wrong in _not_json(data):
        raise NotStorable(wrong)
    return text


def sha256(content: bytes) -> str:
    """The name of a blob."""
    return hashlib.sha256(content).hexdigest()


ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

# ------------------------------------------------------------------------- attachments

SHOWING = (AttachmentPart, ToolResultPart)
"""Parts that may hold attachments."""

KEPT = ("blob", "file")
"""Where an attachment names bytes: its own, and those that its file held."""


def _with(message: Message, change: Callable[[Attachment], Attachment]) -> Message:
    """The message with each of its attachments changed."""

    def changed(part: Part) -> Part:
        match part:
            case AttachmentPart(attachment=Attachment() as held):
                return replace(part, attachment=change(held))
            case ToolResultPart(attachments=held) if held:
                return replace(part, attachments=tuple(map(change, held)))
        return part

    return replace(message, parts=tuple(map(changed, message.parts)))


def _type(attachment: Attachment, files: Files) -> str | None:
    if attachment.type:
        return attachment.type
    if attachment.path and not attachment.content:
        content = files[attachment.path]
        if content is None:  # gone: its digest says that it is
            return None
        attachment = replace(attachment, content=content)
    return resolve_type(attachment)


def _written(part: Part, blobs: dict[str, bytes], files: Files) -> JsonObject:
    data: JsonObject = {**part.to_dict()}
    match part:
        case AttachmentPart(attachment=Attachment() as held):
            data["attachment"] = _reference(held, blobs, files)
        case ToolResultPart(attachments=held) if held:
            data["attachments"] = [_reference(one, blobs, files) for one in held]
    return data


def _reference(
    attachment: Attachment, blobs: dict[str, bytes], files: Files
) -> JsonObject:
    data: JsonObject = {**replace(attachment, content=None).to_dict()}
    if attachment.content:
        data["blob"] = sha256(attachment.content)
        blobs[data["blob"]] = attachment.content
    elif attachment.path and (content := files[attachment.path]) is not None:
        data["file"] = sha256(content)
        blobs[data["file"]] = content
    kind = _type(attachment, files)
    if kind and not attachment.type:
        data["looks"] = kind
    return data


def _attachments(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "attachment" in part:
        yield part["attachment"]
    yield from part.get("attachments", ())


def _message(
    content: str, attached: Callable[[JsonObject], Attachment], name: str
) -> Message:
    try:
        data = json.loads(content)
        parts = tuple(_loaded(part, attached) for part in data["parts"])
        return Message(data["role"], parts, data.get("provider_metadata"))
    except KeyError as error:
        message = f"message {name} is damaged: it has no {error.args[0]}"
        raise StoreDamaged(message) from error
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise StoreDamaged(f"message {name} is damaged: {error}") from error


def _loaded(data: JsonObject, attached: Callable[[JsonObject], Attachment]) -> Part:
    if "attachment" not in data and "attachments" not in data:
        return load_part(data)
    rest = {k: v for k, v in data.items() if k not in ("attachment", "attachments")}
    part = load_part(rest)
    if isinstance(part, AttachmentPart):
        return replace(part, attachment=attached(data["attachment"]))
    if isinstance(part, ToolResultPart):
        return replace(part, attachments=tuple(map(attached, data["attachments"])))
    raise ValueError(f"a part of type {part.type} has no attachments")


def _attachment(data: JsonObject, blobs: Mapping[str, bytes]) -> Attachment:
    content = _bytes(blobs, data["blob"]) if "blob" in data else None
    return Attachment(data.get("type"), data.get("path"), data.get("url"), content)


def _whole(data: JsonObject, blobs: Mapping[str, bytes]) -> Attachment:
    kind = data.get("type") or data.get("looks")
    if "file" in data:
        return Attachment(kind, content=_bytes(blobs, data["file"]))
    return replace(_attachment(data, blobs), type=kind)


def _bytes(blobs: Mapping[str, bytes], name: str) -> bytes:
    found = blobs.get(name)
    if found is None:
        raise ValueError(f"the bytes {name} are not there")
    return found


# ---------------------------------------------------------------- what cannot be kept


def _not_json(value: Any) -> Iterator[str]:
    """What JSON would give back as something else."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield f"a key {key!r}, and keys of JSON are text"
            yield from _not_json(inner)
    elif isinstance(value, tuple):
        yield "a tuple, which JSON would give back as a list"
    elif isinstance(value, list):
        for inner in value:
            yield from _not_json(inner)


def _refused(message: Message, error: Exception) -> NotStorable:
    """Says which part it is that cannot be kept."""
    for number, part in enumerate(message.parts):
        try:
            as_json({**part.to_dict()})
        except (NotStorable, TypeError, ValueError) as found:
            where = f"part {number} ({part.type}) of a message of {message.role!r}"
            return NotStorable(f"{where} cannot be kept: {_why(found)}")
    where = f"a message of {message.role!r:.40}"
    return NotStorable(f"{where} cannot be kept: {_why(error)}")


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        found = ascii(error.object[error.start : error.end])
        return f"{found} is half of a surrogate pair, which no UTF-8 holds"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error)
