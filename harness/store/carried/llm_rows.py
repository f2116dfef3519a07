"""llm's rows: its database opened, and what single rows of it say."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import StoreDamaged, UsageError
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ToolResultPart,
    load_part,
)

NEEDED = "m027_turns_response_json"
"""The last migration that the tables we read have gone through."""


def opened(path: str | Path, *, writes: bool) -> sqlite3.Connection:
    """A database that llm made.

    Raises:
        StoreError: for one that cannot be read.
        UsageError: for a file that is none, or one of an older llm.
    """
    url = f"{Path(path).absolute().as_uri()}?mode={'rw' if writes else 'ro'}"
    made, names = None, set[str]()
    try:
        made = sqlite3.connect(url, uri=True, isolation_level=None)
        made.row_factory = sqlite3.Row
        names = {row[0] for row in made.execute("SELECT name FROM _llm_migrations")}
        if NEEDED in names:
            return made
    except sqlite3.OperationalError as error:
        hint = "it is made by llm 0.36, and brought up to date by: llm logs list"
        raise UsageError(f"{path} is no database of llm ({error}): {hint}") from error
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(f"{path}: {error}") from error
    finally:
        if made is not None and NEEDED not in names:
            made.close()
    raise UsageError(f"{path} is of an older llm: with 0.36, say llm logs list")


def loaded(row: sqlite3.Row) -> JsonObject:
    """The JSON of a part."""
    data: JsonObject = json.loads(row["payload"]) if row["payload"] else {}
    data["type"] = row["type"]
    if row["text"] is not None:
        data["text"] = row["text"]
    return data


def borrowed(data: Mapping[str, Any]) -> Iterator[int]:
    """The fragments that its text borrows."""
    for piece in data.get("text_ref", ()):
        if "fragment" in piece:
            yield piece["fragment"]


def shown(data: Mapping[str, Any]) -> list[str]:
    """The ids of a part's attachments."""
    one = [data["attachment"]] if data.get("attachment") else []
    return [held["id"] for held in (*one, *data.get("attachments", ()))]


def attachment(row: sqlite3.Row) -> Attachment:
    """An attachment."""
    return Attachment(row["type"], row["path"], row["url"], row["content"] or None)


def part(data: JsonObject) -> Part:
    """A part, from its JSON and, under ``shown``, its attachments."""
    shown = data.pop("shown")
    rest = {k: v for k, v in data.items() if k not in ("attachment", "attachments")}
    part = load_part(rest)
    if isinstance(part, AttachmentPart) and shown:
        return replace(part, attachment=shown[0])
    if isinstance(part, ToolResultPart):
        return replace(part, attachments=tuple(shown))
    return part


def gone(message: Message) -> str | None:
    """The files that a message shows, since they may have changed."""
    shown = [
        attachment
        for part in message.parts
        for attachment in (
            part.attachments
            if isinstance(part, ToolResultPart)
            else [part.attachment]
            if isinstance(part, AttachmentPart)
            else []
        )
    ]
    paths = [one.path for one in shown if one and one.path and not one.content]
    return f"{', '.join(paths)} has changed or is gone" if paths else None
