"""Images, documents, videos and sounds on Converse's wire: a format, not a MIME type.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html.
They are given by their bytes or by where they lie in S3, and a document has a name.
"""

from __future__ import annotations

import base64
from typing import Any
from zlib import crc32

from harness.errors import NotExpressible
from harness.message.parts import Attachment, JsonObject
from harness.providers._own import beside

OFFICE = "application/vnd.openxmlformats-officedocument"

TYPES = {
    "image": {
        "png": "image/png",
        "jpeg": "image/jpeg",
        "gif": "image/gif",
        "webp": "image/webp",
    },
    "document": {
        "pdf": "application/pdf",
        "csv": "text/csv",
        "doc": "application/msword",
        "docx": f"{OFFICE}.wordprocessingml.document",
        "xls": "application/vnd.ms-excel",
        "xlsx": f"{OFFICE}.spreadsheetml.sheet",
        "html": "text/html",
        "txt": "text/plain",
        "md": "text/markdown",
    },
    "video": {
        "mkv": "video/x-matroska",
        "mov": "video/quicktime",
        "mp4": "video/mp4",
        "webm": "video/webm",
        "flv": "video/x-flv",
        "mpeg": "video/mpeg",
        "mpg": "video/mpeg",
        "wmv": "video/x-ms-wmv",
        "three_gp": "video/3gpp",
    },
    "audio": {
        "mp3": "audio/mpeg",
        "mpeg": "audio/mpeg",
        "mpga": "audio/mpeg",
        "opus": "audio/opus",
        "wav": "audio/wav",
        "aac": "audio/aac",
        "flac": "audio/flac",
        "mp4": "audio/mp4",
        "ogg": "audio/ogg",
        "mka": "audio/x-matroska",
        "mkv": "audio/x-matroska",
        "x-aac": "audio/x-aac",
        "m4a": "audio/x-m4a",
        "pcm": "audio/pcm",
        "webm": "audio/webm",
    },
}
"""Kind of block, and for each of its formats the MIME type; the first format of a type
is the way back."""

ALIASES = {
    "image/jpg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
}
"""Other names that types go by."""

KINDS = tuple(TYPES)


def read_media(kind: str, body: JsonObject) -> tuple[Attachment, JsonObject]:
    """What a block holds, and what it says beside.

    Raises:
        ValueError: for bytes that are not base64.
    """
    facts = beside(body, "format", "source")
    type_ = _type(kind, body.get("format"), facts)
    attachment = _sourced(type_, body.get("source") or {}, facts)
    if kind == "document" and facts.get("name") == _name(attachment):
        del facts["name"]
    return attachment, facts


def say_media(attachment: Attachment | None, facts: JsonObject) -> JsonObject:
    """The block that holds an attachment, and the facts beside it.

    Raises:
        NotExpressible: for what is neither bytes nor in S3, or of a type that no
            block can carry.
    """
    if attachment is None:
        raise NotExpressible("bedrock: an attachment part holds something")
    rest = dict(facts)
    kind = kind_of(attachment)
    format_ = rest.pop("format") if "format" in rest else _format(kind, attachment)
    body: JsonObject = {} if format_ is None else {"format": format_}
    body["source"] = _source(attachment, rest)
    if kind == "document":
        body["name"] = _name(attachment)
    return {kind: body | rest}


def kind_of(attachment: Attachment) -> str:
    """The kind of block that holds it."""
    major = (attachment.type or "").partition("/")[0]
    return major if major in KINDS else "document"


def _type(kind: str, format_: Any, facts: JsonObject) -> str | None:
    """The MIME type of a format; one that this does not lead back to is a fact."""
    type_ = TYPES[kind].get(format_)
    if type_ is None or _named(kind, type_) != format_:
        facts["format"] = format_
    if type_ is None and format_ is not None:
        major = "application" if kind == "document" else kind
        return f"{major}/{format_}"
    return type_


def _named(kind: str, type_: str | None) -> str | None:
    """The first format that is of that type."""
    known = ALIASES.get(type_ or "", type_)
    return next((name for name, its in TYPES[kind].items() if its == known), None)


def _format(kind: str, attachment: Attachment) -> str:
    format_ = _named(kind, attachment.type)
    if format_ is None:
        said = attachment.type or "an attachment without a type"
        raise NotExpressible(f"bedrock: no {kind} block can carry {said}")
    return format_


def _sourced(type_: str | None, source: JsonObject, facts: JsonObject) -> Attachment:
    match source:
        case {"bytes": str(data)} if len(source) == 1:
            return Attachment(type_, content=base64.b64decode(data, validate=True))
        case {"s3Location": {"uri": str(uri)} as place} if len(source) == 1:
            facts |= beside(place, "uri")
            return Attachment(type_, url=uri)
        case {"text": str(text)} if len(source) == 1:
            facts["source"] = "text"
            return Attachment(type_ or "text/plain", content=text.encode())
    facts["source"] = source
    return Attachment(type_)


def _source(attachment: Attachment, facts: JsonObject) -> JsonObject:
    """Where the thing itself is; empties ``facts`` of what belongs there."""
    source = facts.pop("source", None)
    if isinstance(source, dict):
        return source
    content, url = attachment.content, attachment.url or ""
    if content is not None and source == "text":
        return {"text": content.decode()}
    if content is not None:
        return {"bytes": base64.b64encode(content).decode()}
    if not url.startswith("s3://"):
        raise NotExpressible(
            "bedrock: an attachment part is given by its bytes or an s3:// address"
        )
    owner = {k: facts.pop(k) for k in ("bucketOwner",) if k in facts}
    return {"s3Location": {"uri": url} | owner}


def _name(attachment: Attachment) -> str:
    """A document's name where nobody gave one: the same for the same document."""
    named_by = attachment.content or (attachment.url or "").encode()
    return f"document-{crc32(named_by):08x}"
