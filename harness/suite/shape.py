"""The grammar of a suite file: which fields there are, and what each may hold.

The loader reads by these tables, so that every error points at its column;
``spec.schema.json`` says the same to editors, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.message.events import CONTENT_TYPES, FINISH_REASONS
from harness.message.parts import JsonObject
from harness.suite.case import CAPABILITIES
from harness.suite.checks import CHECKS
from harness.suite.kind import (
    Kind,
    Reading,
    Record,
    anything,
    at_least,
    base64_text,
    choice,
    either,
    flag,
    list_of,
    map_of,
    mapping,
    nearest,
    number,
    of,
    only,
    record,
    scalar,
    schema_of,
    text,
    text_like,
    texts,
)
from harness.suite.located import List, Mark
from harness.suite.wanted import events, pattern, pattern_schema
from harness.wire import cut


def _look_at_cut(reading: Reading, value: Any, at: Mark) -> None:
    text.look(reading, value, at)
    if isinstance(value, str) and not cut.exists(value):
        message = f"{value!r} is not one of {', '.join(cut.CUTS)}"
        reading.wrong(at, "H103", message, nearest(value, cut.CUTS))


cut_name = Kind(
    _look_at_cut,
    {"type": "string", "pattern": rf"^(?:{'|'.join(cut.BY_NAME)}|random:[0-9]+)$"},
)
identifier = text_like(r"[^\s\[\]:*?]+", "a name", "no blanks, no [ ] : * ?")
date = text_like(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])",
    "a date",
    "year, month, day: 2027-03-01",
)
when = map_of(either(List, list_of(scalar), scalar))
payload = of("a payload: text, a mapping or a list", str, dict, list)
error_fields = {
    "message": text,
    "kind": text,
    "status": at_least(100),
    "retryable": flag,
}

PART: Mapping[str, Kind] = {
    "type": choice("text", "reasoning", "tool_call", "tool_result", "attachment"),
    "text": text,
    "redacted": flag,
    "name": text,
    "arguments": anything,
    "tool_call_id": text,
    "server_executed": flag,
    "output": text,
    "exception": text,
    "attachments": list_of(record("attachment")),
    "attachment": record("attachment"),
    "provider_metadata": mapping,
}

CALL = ("name", "tool_call_id", "server_executed", "provider_metadata")

OF_A_PART: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text": (("text", "provider_metadata"), ("text",)),
    "reasoning": (("text", "redacted", "provider_metadata"), ("text",)),
    "tool_call": ((*CALL, "arguments"), ("name", "arguments")),
    "tool_result": (
        (*CALL, "output", "exception", "attachments"),
        ("name", "output"),
    ),
    "attachment": (("attachment", "provider_metadata"), ()),
}
"""Part type to its fields, and to those it cannot be without."""

EXPECT: Mapping[str, Kind] = {
    "text": pattern,
    "parts": pattern,
    "messages": pattern,
    "tool_calls": pattern,
    "tool_results": pattern,
    "usage": pattern,
    "finish_reason": pattern,
    "error": pattern,
    "done": flag,
    "events": events,
    "request": pattern,
    "requests": pattern,
    "distinct": texts,
}

CASE: Mapping[str, Kind] = {
    "id": identifier,
    "description": text,
    "about": either(List, texts, text),
    "level": choice("must", "should"),
    "requires": list_of(choice(*CAPABILITIES)),
    "provider": text,
    "model": text,
    "stream": flag,
    "mode": choice("sync", "async"),
    "cassette": text,
    "says": record("says"),
    "prompt": text,
    "system": text,
    "messages": list_of(record("message")),
    "turns": list_of(record("turn"), least=1),
    "tools": texts,
    "server_side_tools": list_of(record("server_tool")),
    "options": mapping,
    "schema": mapping,
    "matrix": map_of(
        list_of(scalar, least=1),
        provider=either(str, choice("all"), list_of(text, least=1)),
        model=list_of(text, least=1),
        stream=list_of(flag, least=1),
        mode=list_of(choice("sync", "async"), least=1),
        exclude=list_of(when),
    ),
    "overrides": list_of(record("override")),
    "xfail": list_of(record("xfail")),
    "skip": list_of(record("skip")),
    "inject": record("inject"),
    "replay": record("replay"),
    "match": record("match"),
    "expect": record("expect"),
}

WHO = ("id", "provider", "stream", "mode", "matrix", "overrides")
"""What ``when`` asks for, and an override can therefore not change."""


def _without(fields: Mapping[str, Kind], names: Iterable[str]) -> dict[str, Kind]:
    return {key: kind for key, kind in fields.items() if key not in names}


RECORDS: Mapping[str, Record] = {
    "suite": Record(
        {
            "harness": only(1, "this harness reads format 1"),
            "suite": identifier,
            "description": text,
            "defaults": record("defaults"),
            "tools": map_of(record("tool")),
            "cases": list_of(record("case"), least=1),
        },
        ("harness", "suite", "cases"),
    ),
    "defaults": Record(_without(CASE, ["id"])),
    "case": Record(CASE, ("id",)),
    "override": Record({"when": when} | _without(CASE, WHO), ("when",)),
    "tool": Record(
        {
            "description": text,
            "input_schema": mapping,
            "output": scalar,
            "outputs": list_of(scalar, least=1),
            "raises": record("raises"),
        }
    ),
    "raises": Record({"type": text, "message": text}, ("type", "message")),
    "server_tool": Record({"spec": mapping}, ("spec",)),
    "message": Record(
        {"role": text, "parts": list_of(record("part")), "provider_metadata": mapping},
        ("role", "parts"),
    ),
    "part": Record(PART, ("type",), "type", OF_A_PART),
    "attachment": Record(
        {"type": text, "path": text, "url": text, "content": base64_text}
    ),
    "turn": Record(
        {
            "prompt": text,
            "system": text,
            "messages": list_of(record("message")),
            "reply": record("reply"),
            "execute_tool_calls": only(True, "wanted true"),
            "rehydrate": flag,
            "says": record("says"),
            "expect": record("expect"),
        }
    ),
    "reply": Record({"prompt": text}),
    "says": Record(
        {
            "parts": list_of(record("said_part")),
            "events": list_of(record("event")),
            "usage": record("usage"),
            "finish_reason": choice(*FINISH_REASONS),
            "error": record("error"),
            "frames": list_of(payload),
            "body": anything,
            "status": at_least(100),
            "content_type": text,
        }
    ),
    "said_part": Record(
        {**PART, "opaque": text},
        ("type",),
        "type",
        {tag: ((*fields, "opaque"), ()) for tag, (fields, _) in OF_A_PART.items()},
    ),
    "event": Record(
        {
            "type": choice(*CONTENT_TYPES),
            "chunk": text,
            "part_index": at_least(0),
            "message_index": at_least(0),
            "tool_call_id": text,
            "tool_name": text,
            "server_executed": flag,
            "redacted": flag,
            "exception": text,
            "provider_metadata": mapping,
        },
        ("type",),
    ),
    "usage": Record({"input": at_least(0), "output": at_least(0), "details": mapping}),
    "error": Record(error_fields),
    "xfail": Record(
        {
            "when": when,
            "checks": list_of(choice(*CHECKS, "expect", *EXPECT), least=1),
            "reason": text,
            "issue": text,
            "until": date,
        },
        ("reason",),
    ),
    "skip": Record({"when": when, "reason": text}, ("reason",)),
    "inject": Record(
        {
            "request": at_least(1),
            "after_events": at_least(0),
            "at_event": at_least(1),
            "fault": choice("disconnect", "reset", "eof", "event", "corrupt", "status"),
            "event": text,
            "data": anything,
            "status": at_least(400),
            "headers": map_of(text),
        },
        ("fault",),
        "fault",
        {
            "disconnect": (("request", "after_events"), ()),
            "reset": (("request", "after_events"), ()),
            "eof": (("request", "after_events"), ()),
            "event": (("request", "after_events", "event", "data"), ("data",)),
            "corrupt": (("request", "at_event", "data"), ()),
            "status": (("request", "status", "headers"), ()),
        },
    ),
    "replay": Record({"chunks": list_of(cut_name, least=1)}),
    "match": Record({"ignore": texts}),
    "expect": Record(EXPECT),
    "snapshot": Record({"snapshot": identifier}, ("snapshot",)),
    "approx": Record({"value": number, "within": number}, ("value", "within")),
}
"""Every record a suite file can hold, field by field."""


def json_schema() -> JsonObject:
    """The grammar as JSON Schema draft-07, for editors and ``harness validate``."""
    definitions = {key: schema_of(known) for key, known in RECORDS.items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "harness suite, format 1",
        "$ref": "#/definitions/suite",
        "definitions": definitions | {"pattern": pattern_schema()},
    }
