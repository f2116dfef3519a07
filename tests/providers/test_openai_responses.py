"""The Responses wire, rule by rule, on streams small enough to read."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx2
import openai
import pytest

from harness.errors import NotExpressible, WireError
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
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers._square import hear, speak
from harness.providers.openai_responses import PROVIDER
from harness.wire import sse
from harness.wire.frame import Frame

EVENT_TYPES = [
    "response.audio.delta",
    "response.audio.done",
    "response.audio.transcript.delta",
    "response.audio.transcript.done",
    "response.code_interpreter_call_code.delta",
    "response.code_interpreter_call_code.done",
    "response.code_interpreter_call.completed",
    "response.code_interpreter_call.in_progress",
    "response.code_interpreter_call.interpreting",
    "response.compaction.compacting",
    "response.completed",
    "response.content_part.added",
    "response.content_part.done",
    "response.created",
    "error",
    "response.file_search_call.completed",
    "response.file_search_call.in_progress",
    "response.file_search_call.searching",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.shell_call_command.added",
    "response.shell_call_command.delta",
    "response.shell_call_command.done",
    "response.shell_call_output_content.delta",
    "response.shell_call_output_content.done",
    "response.in_progress",
    "response.failed",
    "response.incomplete",
    "response.output_item.added",
    "response.output_item.done",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_part.done",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.reasoning_text.delta",
    "response.reasoning_text.done",
    "response.refusal.delta",
    "response.refusal.done",
    "response.output_text.delta",
    "response.output_text.done",
    "response.web_search_call.completed",
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
    "response.image_generation_call.completed",
    "response.image_generation_call.generating",
    "response.image_generation_call.in_progress",
    "response.image_generation_call.partial_image",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
    "response.mcp_call.in_progress",
    "response.mcp_list_tools.completed",
    "response.mcp_list_tools.failed",
    "response.mcp_list_tools.in_progress",
    "response.output_text.annotation.added",
    "response.queued",
    "response.custom_tool_call_input.delta",
    "response.custom_tool_call_input.done",
]

ITEM_TYPES = [
    "message",
    "file_search_call",
    "function_call",
    "function_call_output",
    "web_search_call",
    "computer_call",
    "computer_call_output",
    "reasoning",
    "program",
    "program_output",
    "tool_search_call",
    "tool_search_output",
    "additional_tools",
    "compaction",
    "image_generation_call",
    "code_interpreter_call",
    "local_shell_call",
    "local_shell_call_output",
    "shell_call",
    "shell_call_output",
    "apply_patch_call",
    "apply_patch_call_output",
    "mcp_call",
    "mcp_list_tools",
    "mcp_approval_request",
    "mcp_approval_response",
    "custom_tool_call",
    "custom_tool_call_output",
]

COMPLETED: JsonObject = {"type": "response.completed", "response": {"id": "resp_1"}}


def decoded(*payloads: JsonObject, named: bool = True) -> list[Event]:
    frames = [Frame(json.dumps(p), p["type"] if named else None) for p in payloads]
    return list(PROVIDER.decode(frames))


def parts_of(events: list[Event]) -> tuple[Part, ...]:
    return tuple(part for message in assemble(events) for part in message.parts)


def added(item: JsonObject, at: int = 0) -> JsonObject:
    return {"type": "response.output_item.added", "output_index": at, "item": item}


def done(item: JsonObject, at: int = 0) -> JsonObject:
    return {"type": "response.output_item.done", "output_index": at, "item": item}


def delta(stem: str, text: str, at: int = 0, **where: Any) -> JsonObject:
    return {
        "type": f"response.{stem}.delta",
        "output_index": at,
        "delta": text,
        **where,
    }


def text_delta(text: str, at: int = 0, place: int = 0, **more: Any) -> JsonObject:
    return delta("output_text", text, at, content_index=place, **more)


def message(text: str, id_: str = "msg_1", **more: Any) -> JsonObject:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {
        "type": "message",
        "id": id_,
        "role": "assistant",
        "content": content,
    } | more


def whole(*output: JsonObject, **more: Any) -> list[Event]:
    return list(PROVIDER.decode_whole({"output": list(output), **more}))


def metadata(part: Part) -> JsonObject:
    said: JsonObject = (part.provider_metadata or {}).get("openai", {})
    return said


# ------------------------------------------------------------- vocabulary


@pytest.mark.parametrize("type_", EVENT_TYPES)
def test_every_event_type_of_the_sdk_is_known(type_: str) -> None:
    shell_output = "shell_call_output_content" in type_
    event = {
        "type": type_,
        "output_index": 0,
        "content_index": 0,
        "summary_index": 0,
        "command_index": 0,
        "item_id": "x",
        "item": message(""),
        "part": {"type": "output_text", "text": ""},
        "delta": {"stdout": "YQ=="} if shell_output else "YQ==",
        "annotation": {"type": "file_path", "file_id": "f", "index": 0},
        "response": {"id": "resp_1", "output": []},
        "message": "went wrong",
    }
    ends = type_ in ("response.completed", "response.incomplete", "response.failed")
    said = [event] if ends else [event, COMPLETED]
    assert not [e for e in decoded(*said) if isinstance(e, Unknown)]


def test_an_answer_that_ended_does_not_end_again() -> None:
    heard = decoded(COMPLETED, COMPLETED)
    assert [event.type for event in heard] == ["finish", "unknown"]


def test_the_sdk_has_fifty_nine_event_types() -> None:
    assert len(set(EVENT_TYPES)) == 59


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_every_item_type_of_the_sdk_is_known(kind: str) -> None:
    events = whole({"type": kind, "id": "i", "call_id": "c"})
    assert not [e for e in events if isinstance(e, Unknown)]
    assert len(parts_of(events)) == 1


def test_what_nobody_taught_us_is_kept_as_unknown() -> None:
    new_event = {"type": "response.dream.delta", "delta": "zz"}
    new_item = {"type": "dream", "id": "d_1", "of": "sheep"}
    events = decoded(new_event, added(new_item), done(new_item), COMPLETED)
    unknown = [e for e in events if isinstance(e, Unknown)]
    assert unknown == [
        Unknown("response.dream.delta", new_event),
        Unknown("dream", new_item),
    ]
    assert parts_of(events) == ()


# ------------------------------------------------------------------- text


def test_text_keeps_the_id_and_phase_of_its_message() -> None:
    item = message("Hello", phase="final_answer")
    start = item | {"content": [], "status": "in_progress"}
    events = decoded(
        added(start),
        text_delta("Hel"),
        text_delta("lo"),
        done(item | {"status": "completed"}),
        COMPLETED,
    )
    said = {"openai": {"id": "msg_1", "phase": "final_answer"}}
    assert parts_of(events) == (TextPart("Hello", said),)
    assert all(e.part_index == 0 for e in events if isinstance(e, StreamEvent))


def test_deltas_fold_by_place_even_if_ids_change_and_items_interleave() -> None:
    events = decoded(
        added(message("", "a"), 0),
        added(message("", "b"), 1),
        text_delta("1", 0, item_id="q"),
        text_delta("2", 1, item_id="r"),
        text_delta("1", 0, item_id="s"),
        done(message("11", "c"), 0),
        done(message("22", "d"), 1),
        COMPLETED,
    )
    assert [p.text for p in parts_of(events) if isinstance(p, TextPart)] == ["11", "22"]


def test_without_any_index_the_item_id_then_the_last_item_decide() -> None:
    def bare(type_: str, **fields: Any) -> JsonObject:
        return {"type": type_, **fields}

    events = decoded(
        bare("response.output_item.added", item=message("", "a")),
        bare("response.output_item.added", item=message("", "b")),
        bare("response.output_text.delta", item_id="a", delta="to a"),
        bare("response.output_text.delta", delta="to the last"),
        bare("response.output_item.done", item=message("to a", "a")),
        COMPLETED,
        named=False,
    )
    texts = [p.text for p in parts_of(events) if isinstance(p, TextPart)]
    assert texts == ["to a", "to the last"]


def test_items_that_all_claim_place_zero_stay_apart() -> None:
    events = decoded(
        added(message("", "a")),
        text_delta("one"),
        done(message("one", "a")),
        added(message("", "b")),
        text_delta("two"),
        done(message("two", "b")),
        COMPLETED,
    )
    texts = [p.text for p in parts_of(events) if isinstance(p, TextPart)]
    assert texts == ["one", "two"]


def test_the_event_name_serves_where_the_data_has_no_type() -> None:
    item = message("Hi")
    frame = Frame(
        json.dumps({"output_index": 0, "item": item}), "response.output_item.done"
    )
    end = Frame(json.dumps({"response": {}}), "response.completed")
    assert [p.type for p in parts_of(list(PROVIDER.decode([frame, end])))] == ["text"]


def test_several_contents_of_one_message_are_parts_that_regroup() -> None:
    content = [
        {"type": "output_text", "text": "yes", "annotations": []},
        {"type": "refusal", "refusal": "but no"},
    ]
    item = message("") | {"content": content, "status": "completed"}
    events = whole(item)
    assert parts_of(events) == (
        TextPart("yes", {"openai": {"id": "msg_1"}}),
        TextPart("but no", {"openai": {"id": "msg_1", "refusal": True}}),
    )
    assert PROVIDER.synthesise_whole(events)["output"] == [item]


def test_annotations_and_logprobs_are_said_once_and_complete() -> None:
    cited = {"type": "url_citation", "url": "https://example.com", "title": "t"}
    logprob = {"token": "Hi", "logprob": -0.1}
    item = message("Hi")
    content = {"annotations": [cited], "logprobs": [logprob]}
    item["content"] = [item["content"][0] | content]
    note = {"type": "response.output_text.annotation.added", "annotation": cited}
    where = {"output_index": 0, "content_index": 0, "annotation_index": 0}
    events = decoded(
        added(message("")), text_delta("Hi"), note | where, done(item), COMPLETED
    )
    (part,) = parts_of(events)
    assert metadata(part) == {"id": "msg_1"} | content
    given = [e.provider_metadata for e in events if isinstance(e, StreamEvent)]
    assert sum("annotations" in (m or {}).get("openai", {}) for m in given) == 1


def test_a_refusal_is_marked_text_and_finishes_as_refusal() -> None:
    item = message("") | {"content": [{"type": "refusal", "refusal": "I will not."}]}
    events = decoded(
        added(message("")),
        delta("refusal", "I will ", content_index=0),
        delta("refusal", "not.", content_index=0),
        done(item),
        COMPLETED,
    )
    said = {"openai": {"id": "msg_1", "refusal": True}}
    assert parts_of(events) == (TextPart("I will not.", said),)
    assert isinstance(events[-1], Finish)
    assert events[-1].reason == "refusal"
    assert PROVIDER.refusal == {"openai": {"refusal": True}}


# -------------------------------------------------------------- reasoning


def test_the_stub_ciphertext_of_the_beginning_never_counts() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": []}
    cut = decoded(added(item | {"encrypted_content": "stub"}))
    assert "encrypted_content" not in metadata(parts_of(cut)[0])
    final = {"output": [item | {"encrypted_content": "newest"}]}
    events = decoded(
        added(item | {"encrypted_content": "stub"}),
        done(item | {"encrypted_content": "newer"}),
        COMPLETED | {"response": final},
    )
    kept = {"openai": {"id": "rs_1", "encrypted_content": "newest"}}
    assert parts_of(events) == (ReasoningPart("", True, kept),)


def test_an_empty_ciphertext_at_the_end_takes_nothing_back() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": []}
    events = decoded(
        added(item),
        done(item | {"encrypted_content": "sealed"}),
        COMPLETED | {"response": {"output": [item | {"encrypted_content": ""}]}},
    )
    assert metadata(parts_of(events)[0])["encrypted_content"] == "sealed"


def test_an_empty_reasoning_item_keeps_its_place_and_is_not_redacted() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": []}
    assert parts_of(whole(item, message("Hi"))) == (
        ReasoningPart("", False, {"openai": {"id": "rs_1"}}),
        TextPart("Hi", {"openai": {"id": "msg_1"}}),
    )


def thought(name: str, *texts: str) -> JsonObject:
    kind = {"summary": "summary_text", "content": "reasoning_text"}[name]
    return {name: [{"type": kind, "text": text} for text in texts]}


@pytest.mark.parametrize(
    "thoughts",
    [
        thought("summary"),
        thought("summary", "one"),
        thought("summary", "one", "two"),
        thought("summary") | thought("content", "raw"),
        thought("summary", "short") | thought("content", "long", "er"),
    ],
)
def test_reasoning_is_rebuilt_exactly(thoughts: JsonObject) -> None:
    item = {"type": "reasoning", "id": "rs_1", "encrypted_content": "x"} | thoughts
    events = whole(item)
    text = "".join(p["text"] for pieces in thoughts.values() for p in pieces)
    (part,) = parts_of(events)
    assert isinstance(part, ReasoningPart)
    assert part.text == text
    assert PROVIDER.synthesise_whole(events)["output"] == [item]
    assert parts_of(list(PROVIDER.decode(PROVIDER.synthesise(events)))) == (part,)


def test_thoughts_heard_before_their_summary_stay_before_it() -> None:
    item = {"type": "reasoning", "id": "rs_1"}
    thoughts = thought("summary", "short", "er") | thought("content", "long")
    events = decoded(
        added(item | {"summary": []}),
        delta("reasoning_text", "long", content_index=0),
        delta("reasoning_summary_text", "short", summary_index=0),
        delta("reasoning_summary_text", "er", summary_index=1),
        done(item | thoughts),
        COMPLETED,
    )
    (part,) = parts_of(events)
    assert isinstance(part, ReasoningPart)
    assert part.text == "longshorter"
    said = list(disassemble(assemble(events)))
    assert PROVIDER.synthesise_whole(said)["output"] == [item | thoughts]
    assert parts_of(list(PROVIDER.decode(PROVIDER.synthesise(said)))) == (part,)
    assert parts_of(list(PROVIDER.decode_whole(PROVIDER.synthesise_whole(said)))) == (
        part,
    )


def test_a_spoken_stream_begins_reasoning_with_a_stub() -> None:
    sealed = {"openai": {"encrypted_content": "sealed"}}
    said = disassemble([Message("assistant", (ReasoningPart("", True, sealed),))])
    items = [json.loads(f.data).get("item") for f in PROVIDER.synthesise(said)]
    start, end = [item["encrypted_content"] for item in items if item]
    assert (start != end, end) == (True, "sealed")


def test_a_reasoning_item_that_ends_after_the_message_still_comes_first() -> None:
    thinking = {"type": "reasoning", "id": "rs_1", "summary": []}
    events = decoded(
        added(thinking, 0),
        delta("reasoning_text", "hm", 0, content_index=0),
        added(message(""), 1),
        text_delta("4", 1),
        done(message("4"), 1),
        done(thinking | thought("content", "hm"), 0),
        COMPLETED,
    )
    assert [p.type for p in parts_of(events)] == ["reasoning", "text"]


def test_compaction_is_opaque_and_goes_back_whole() -> None:
    item = {"type": "compaction", "id": "cmp_1", "encrypted_content": "sealed"}
    events = decoded(added(item), done(item), COMPLETED)
    assert parts_of(events) == (ReasoningPart("", False, {"openai": item}),)
    assert PROVIDER.synthesise_whole(events)["output"] == [item]


# ------------------------------------------------------------------ tools

CALL: JsonObject = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "add",
    "arguments": '{"a":1}',
}


def test_function_arguments_stream_and_the_call_asks_us() -> None:
    events = decoded(
        added(CALL | {"arguments": ""}),
        delta("function_call_arguments", '{"a"'),
        delta("function_call_arguments", ":1}"),
        done(CALL | {"namespace": "math", "status": "completed"}),
        COMPLETED,
    )
    said = {"openai": {"id": "fc_1", "namespace": "math"}}
    assert parts_of(events) == (
        ToolCallPart("add", {"a": 1}, "call_1", provider_metadata=said),
    )
    finish = Finish("tool_calls", "completed", {"openai": {"id": "resp_1"}})
    assert events[-1] == finish


@pytest.mark.parametrize(
    ("heard", "stated", "want"),
    [
        ([], '{"a":1}', '{"a":1}'),
        (['{"a"'], '{"a":1}', '{"a":1}'),
        (['{"a":1}'], "", '{"a":1}'),
        (['{"a":1}'], '{"b":2}', '{"a":1}'),
        ([], "", ""),
    ],
)
def test_arguments_stated_whole_add_only_what_was_not_heard(
    heard: list[str], stated: str, want: str
) -> None:
    kind = "response.function_call_arguments.done"
    events = decoded(
        added(CALL | {"arguments": ""}),
        *(delta("function_call_arguments", bit) for bit in heard),
        {"type": kind, "output_index": 0, "arguments": stated},
        done(CALL | {"arguments": stated}),
        COMPLETED,
    )
    chunks = [e.chunk for e in events if e.type == "tool_call_args"]  # type: ignore[union-attr]  # only stream events have this type
    assert "".join(chunks) == want


def test_a_repeated_start_of_a_call_is_the_same_call() -> None:
    start = added(CALL | {"arguments": ""})
    events = decoded(start, start, done(CALL), COMPLETED)
    assert len(parts_of(events)) == 1


TOOL_ITEMS: list[tuple[JsonObject, str, Any, bool]] = [
    ({"type": "web_search_call", "id": "ws", "action": {"type": "search", "query": "q"}}, "web_search", {"type": "search", "query": "q"}, True),
    ({"type": "file_search_call", "id": "fs", "queries": ["q"]}, "file_search", {"queries": ["q"]}, True),
    ({"type": "code_interpreter_call", "id": "ci", "code": "1+1", "container_id": "c"}, "code_interpreter", {"code": "1+1"}, True),
    ({"type": "image_generation_call", "id": "ig", "revised_prompt": "a cat"}, "image_generation", {"revised_prompt": "a cat"}, True),
    ({"type": "mcp_call", "id": "mcp", "name": "ask", "arguments": '{"q":1}', "server_label": "wiki"}, "ask", {"q": 1}, True),
    ({"type": "mcp_list_tools", "id": "mcpl", "server_label": "wiki"}, "mcp_list_tools", {"server_label": "wiki"}, True),
    ({"type": "program", "id": "cm", "call_id": "c1", "code": "go()", "fingerprint": "f"}, "program", {"code": "go()"}, True),
    ({"type": "tool_search_call", "id": "tsc", "arguments": {"paths": ["a"]}, "execution": "server"}, "tool_search", {"paths": ["a"]}, True),
    ({"type": "tool_search_call", "id": "tsc", "call_id": "c1", "arguments": {"paths": ["a"]}, "execution": "client"}, "tool_search", {"paths": ["a"]}, False),
    ({"type": "shell_call", "id": "sh", "call_id": "c1", "action": {"commands": ["ls"]}, "environment": {"type": "container_reference", "container_id": "c"}}, "shell", {"commands": ["ls"]}, True),
    ({"type": "shell_call", "id": "sh", "call_id": "c1", "action": {"commands": ["ls"]}, "environment": {"type": "local"}}, "shell", {"commands": ["ls"]}, False),
    ({"type": "local_shell_call", "id": "lsh", "call_id": "c1", "action": {"command": ["ls"]}}, "local_shell", {"command": ["ls"]}, False),
    ({"type": "computer_call", "id": "cu", "call_id": "c1", "action": {"type": "wait"}, "pending_safety_checks": [{"id": "1"}]}, "computer", {"action": {"type": "wait"}}, False),
    ({"type": "apply_patch_call", "id": "apc", "call_id": "c1", "operation": {"type": "delete_file", "path": "a"}}, "apply_patch", {"type": "delete_file", "path": "a"}, False),
    ({"type": "custom_tool_call", "id": "ctc", "call_id": "c1", "name": "sql", "input": 'say "é"\n'}, "sql", {"input": 'say "é"\n'}, False),
    ({"type": "mcp_approval_request", "id": "mcpr", "name": "ask", "arguments": '{"q":1}', "server_label": "wiki"}, "ask", {"q": 1}, False),
    ({"type": "web_search_call", "id": "ws", "name": "browse", "arguments": '{"q":1}'}, "web_search", {"q": 1}, True),
]  # fmt: skip
"""An item, and the call it stands for: name, arguments, whether the vendor runs it."""


@pytest.mark.parametrize(("item", "name", "arguments", "server"), TOOL_ITEMS)
def test_a_tool_item_is_a_call_and_is_rebuilt_exactly(
    item: JsonObject, name: str, arguments: Any, server: bool
) -> None:
    events = whole(item)
    (part,) = parts_of(events)
    assert isinstance(part, ToolCallPart)
    assert (part.name, part.arguments, part.server_executed) == (
        name,
        arguments,
        server,
    )
    assert part.tool_call_id == item.get("call_id", item["id"])
    assert isinstance(events[-1], Finish)
    assert events[-1].reason == ("stop" if server else "tool_calls")
    (rebuilt,) = PROVIDER.synthesise_whole(events)["output"]
    assert {k: v for k, v in rebuilt.items() if k != "status"} == item
    streamed = decoded(added(item | {"status": "in_progress"}), done(item), COMPLETED)
    assert parts_of(streamed) == (part,)


RESULTS: list[tuple[JsonObject, str, str | None]] = [
    ({"type": "mcp_call", "id": "m", "name": "ask", "arguments": "{}", "server_label": "w", "output": "42"}, "42", None),
    ({"type": "mcp_call", "id": "m", "name": "ask", "arguments": "{}", "server_label": "w", "output": ""}, "", None),
    ({"type": "mcp_call", "id": "m", "name": "ask", "arguments": "{}", "server_label": "w", "error": "no such page"}, "", "no such page"),
    ({"type": "mcp_call", "id": "m", "name": "ask", "arguments": "{}", "server_label": "w", "error": {"type": "http_error", "code": 502, "message": "bad gateway"}}, "", "http_error: bad gateway"),
    ({"type": "mcp_list_tools", "id": "l", "server_label": "w", "tools": [{"name": "ask"}]}, '[{"name":"ask"}]', None),
    ({"type": "file_search_call", "id": "f", "queries": ["q"], "results": [{"text": "é"}]}, '[{"text":"é"}]', None),
    ({"type": "code_interpreter_call", "id": "c", "code": "1", "outputs": [{"type": "logs", "logs": "2"}]}, "2", None),
    ({"type": "code_interpreter_call", "id": "c", "code": "1", "outputs": [{"type": "logs", "logs": "2"}, {"type": "image", "url": "data:image/png;base64,AA=="}]}, "2\n", None),
]  # fmt: skip
"""An item that carries its result, and that result: output and exception."""


@pytest.mark.parametrize(("item", "output", "exception"), RESULTS)
def test_an_item_that_carries_its_result_is_a_call_and_a_result(
    item: JsonObject, output: str, exception: str | None
) -> None:
    events = whole(item)
    call, result = parts_of(events)
    assert isinstance(call, ToolCallPart)
    assert isinstance(result, ToolResultPart)
    assert (result.output.strip("\n"), result.exception) == (
        output.strip("\n"),
        exception,
    )
    assert (result.name, result.tool_call_id) == (call.name, call.tool_call_id)
    assert result.server_executed
    (rebuilt,) = PROVIDER.synthesise_whole(events)["output"]
    assert {k: v for k, v in rebuilt.items() if k != "status"} == item


def test_results_that_are_items_of_their_own_belong_to_their_call() -> None:
    shell = {"type": "shell_call", "id": "sh", "call_id": "c1", "action": {"commands": ["ls"]}, "environment": {"type": "container_reference"}}  # fmt: skip
    output = {"type": "shell_call_output", "id": "sho", "call_id": "c1", "output": [{"stdout": "a"}]}  # fmt: skip
    search = {"type": "tool_search_call", "id": "tsc", "arguments": {}, "execution": "server"}  # fmt: skip
    found = {"type": "tool_search_output", "id": "tso", "execution": "server", "tools": [{"name": "a"}]}  # fmt: skip
    events = whole(shell, output, search, found)
    assert [(p.type, p.tool_call_id) for p in parts_of(events)] == [  # type: ignore[union-attr]  # all four have one
        ("tool_call", "c1"),
        ("tool_result", "c1"),
        ("tool_call", "tsc"),
        ("tool_result", "tsc"),
    ]
    rebuilt = PROVIDER.synthesise_whole(events)["output"]
    assert [{k: v for k, v in i.items() if k != "status"} for i in rebuilt] == [
        shell,
        output,
        search,
        found,
    ]


def test_a_generated_image_is_an_attachment_and_partial_ones_are_not() -> None:
    item = {"type": "image_generation_call", "id": "ig_1", "revised_prompt": "a cat", "output_format": "webp", "result": "aW1n"}  # fmt: skip
    events = decoded(
        added({"type": "image_generation_call", "id": "ig_1", "result": None}),
        {"type": "response.image_generation_call.partial_image", "output_index": 0, "partial_image_b64": "AAAA"},
        done(item),
        COMPLETED,
    )  # fmt: skip
    call, image = parts_of(events)
    assert isinstance(image, AttachmentPart)
    assert image.attachment == Attachment("image/webp", content=b"img")
    assert "result" not in metadata(call)
    (rebuilt,) = PROVIDER.synthesise_whole(events)["output"]
    assert rebuilt == item | {"status": "completed"}


def test_what_the_end_knows_more_of_a_server_tool_is_kept() -> None:
    item = {"type": "web_search_call", "id": "ws_1", "action": {"query": "q"}}
    more = item | {"action": {"query": "q", "sources": ["s"]}}
    events = decoded(
        added(item), done(item), COMPLETED | {"response": {"output": [more]}}
    )
    (part,) = parts_of(events)
    assert metadata(part)["action"] == more["action"]
    (rebuilt,) = PROVIDER.synthesise_whole(events)["output"]
    assert rebuilt["action"] == more["action"]


def test_a_name_that_comes_late_is_still_the_name() -> None:
    start = CALL | {"name": "", "arguments": ""}
    (part,) = parts_of(decoded(added(start), done(CALL), COMPLETED))
    assert isinstance(part, ToolCallPart)
    assert part.name == "add"


def test_an_image_that_is_not_base64_is_kept_as_it_stands() -> None:
    item = {"type": "image_generation_call", "id": "ig_1", "result": "not an image!"}
    events = whole(item)
    assert parts_of(events)[1] == AttachmentPart(
        Attachment("image/png"), {"openai": item}
    )
    (rebuilt,) = PROVIDER.synthesise_whole(events)["output"]
    assert rebuilt["result"] == "not an image!"


def test_sound_is_an_attachment_and_its_transcript_is_text() -> None:
    events = decoded(
        {"type": "response.audio.transcript.delta", "delta": "Hi"},
        {"type": "response.audio.delta", "delta": "AAE="},
        {"type": "response.audio.delta", "delta": "Ag=="},
        {"type": "response.audio.done"},
        {"type": "response.audio.delta", "delta": "Aw=="},
        COMPLETED,
    )
    assert parts_of(events) == (
        TextPart("Hi"),
        AttachmentPart(Attachment(content=b"\x00\x01\x02")),
        AttachmentPart(Attachment(content=b"\x03")),
    )


def test_content_nobody_taught_us_is_unknown_once() -> None:
    item = message("") | {"content": [{"type": "output_dream", "of": "sheep"}]}
    end = COMPLETED | {"response": {"output": [item]}}
    events = decoded(added(message("")), done(item), end)
    assert [e for e in events if isinstance(e, Unknown)] == [
        Unknown("output_dream", {"type": "output_dream", "of": "sheep"})
    ]


# ------------------------------------------------------------ truncation


def test_a_truncated_stream_is_an_error_never_a_finish() -> None:
    events = decoded(added(message("")), text_delta("Hel"))
    assert events[-1] == Error(
        "the stream ended before response.completed", "truncated", None, True
    )
    assert not [e for e in events if isinstance(e, Finish)]
    assert parts_of(events) == (TextPart("Hel", {"openai": {"id": "msg_1"}}),)


def test_the_done_sentinel_is_no_terminal_event() -> None:
    frames = [Frame(json.dumps(added(message("")))), Frame("[DONE]")]
    last = list(PROVIDER.decode(frames))[-1]
    assert isinstance(last, Error)
    assert last.kind == "truncated"


CUT: list[tuple[JsonObject, list[JsonObject], Any]] = [
    (CALL | {"arguments": ""}, [delta("function_call_arguments", '{"a":')], {"_raw": '{"a":'}),
    ({"type": "custom_tool_call", "id": "i", "call_id": "c", "name": "n", "input": ""}, [delta("custom_tool_call_input", "sel"), delta("custom_tool_call_input", "ect")], {"input": "select"}),
    ({"type": "code_interpreter_call", "id": "i", "code": None}, [delta("code_interpreter_call_code", "1+")], {"code": "1+"}),
    ({"type": "shell_call", "id": "i", "call_id": "c", "action": {"commands": []}}, [delta("shell_call_command", "ls", command_index=1)], {"commands": ["", "ls"]}),
    ({"type": "apply_patch_call", "id": "i", "call_id": "c", "operation": {"type": "create_file", "diff": ""}}, [delta("apply_patch_call_operation_diff", "+a")], {"type": "create_file", "diff": "+a"}),
    ({"type": "mcp_list_tools", "id": "i", "server_label": "w", "tools": []}, [], {"server_label": "w"}),
]  # fmt: skip


@pytest.mark.parametrize(("item", "deltas", "arguments"), CUT)
def test_a_call_that_was_cut_keeps_what_came(
    item: JsonObject, deltas: list[JsonObject], arguments: Any
) -> None:
    events = decoded(added(item), *deltas)
    (part,) = parts_of(events)
    assert isinstance(part, ToolCallPart)
    assert part.arguments == arguments
    assert isinstance(events[-1], Error)


def test_a_shell_output_that_was_cut_keeps_what_came() -> None:
    item = {"type": "shell_call_output", "id": "o", "call_id": "c", "output": []}
    bits = ({"stdout": "a"}, {"stdout": "b", "stderr": "!"})
    kind = "response.shell_call_output_content.delta"
    fields = {"type": kind, "output_index": 0, "command_index": 0}
    events = decoded(added(item), *(fields | {"delta": bit} for bit in bits))
    (part,) = parts_of(events)
    assert isinstance(part, ToolResultPart)
    assert part.output == '[{"stdout":"ab","stderr":"!"}]'


def test_an_item_that_never_ends_is_kept_when_the_answer_completes() -> None:
    item = {"type": "mcp_list_tools", "id": "l", "server_label": "w", "tools": []}
    events = decoded(
        added(item), added(message(""), 1), done(message("Hi"), 1), COMPLETED
    )
    assert [p.type for p in parts_of(events)] == ["tool_call", "text"]


def test_an_end_without_output_erases_nothing() -> None:
    item = message("Hi")
    end = COMPLETED | {"response": {"output": []}}
    assert parts_of(decoded(added(item), done(item), end)) == parts_of(whole(item))


def test_items_whose_ids_the_end_changes_are_still_the_same_items() -> None:
    first, second = message("1", "a"), message("2", "b")
    output = [message("1", "c"), message("2", "d")]
    end = COMPLETED | {"response": {"output": output}}
    events = decoded(added(first), done(first), added(second, 1), done(second, 1), end)
    assert parts_of(events) == parts_of(whole(*output))


def test_items_that_only_the_end_tells_of_are_given() -> None:
    end = COMPLETED | {"response": {"output": [message("Hi"), CALL]}}
    assert [p.type for p in parts_of(decoded(end))] == ["text", "tool_call"]


def test_a_resumed_stream_needs_no_beginning() -> None:
    events = decoded(text_delta("lo", 3), COMPLETED)
    assert [p.text for p in parts_of(events) if isinstance(p, TextPart)] == ["lo"]


# ---------------------------------------------------------- how it ended


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("max_output_tokens", Finish("length", "max_output_tokens")),
        ("content_filter", Finish("content_filter", "content_filter")),
        ("steered", Finish("other", "steered")),
        (None, Finish("other", "incomplete")),
    ],
)
def test_an_incomplete_answer_says_why(reason: str | None, finish: Finish) -> None:
    response = {"incomplete_details": {"reason": reason}}
    assert decoded({"type": "response.incomplete", "response": response}) == [finish]


@pytest.mark.parametrize(
    "finish",
    [
        Finish("stop", "completed"),
        Finish("length", "max_output_tokens"),
        Finish("content_filter", "content_filter"),
        Finish("other", "steered"),
        Finish("other", "queued"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_how_it_ended_survives_being_spoken(finish: Finish, stream: bool) -> None:
    response = speak(PROVIDER, [finish], stream=stream)
    (back,) = hear(PROVIDER, 200, response.headers, response.chunks)
    assert isinstance(back, Finish)
    assert (back.reason, back.provider_reason) == (
        finish.reason,
        finish.provider_reason,
    )


def test_a_body_that_is_still_on_its_way_is_not_finished() -> None:
    assert whole(status="queued")[-1] == Finish(
        "other", "queued", {"openai": {"status": "queued"}}
    )


def test_facts_of_the_answer_are_kept_and_echoes_of_the_request_are_not() -> None:
    facts = {"id": "resp_1", "model": "gpt-5", "service_tier": "default"}
    echoes = {"instructions": "be brief", "tools": [], "temperature": 1.0, "user": "u"}
    (finish,) = whole(**facts, **echoes, previous_response_id=None)
    assert isinstance(finish, Finish)
    assert finish.provider_metadata == {"openai": facts}


def test_usage_moves_the_named_counts_and_keeps_the_rest() -> None:
    raw = {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4, "audio_tokens": 1},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 3},
        "total_tokens": 15,
        "cost": 0.1,
    }
    usage, _ = whole(usage=raw)
    details = {"input_tokens_details": {"audio_tokens": 1}, "cost": 0.1}
    assert usage == Usage(10, 5, details | {"cached": 4, "reasoning": 3})
    assert PROVIDER.synthesise_whole([usage])["usage"] == raw


def test_a_spoken_usage_has_the_details_that_clients_read_unasked() -> None:
    usage = PROVIDER.synthesise_whole([Usage(3, 2)])["usage"]
    assert usage == {
        "input_tokens": 3,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 2,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 5,
    }


ERROR = {"code": "rate_limit_exceeded", "message": "slow down"}


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "error", "sequence_number": 3, "param": None, **ERROR},
        {"type": "error", "error": {"type": "requests", **ERROR}},
        {"type": "response.failed", "response": {"error": ERROR}},
    ],
)
def test_an_error_is_one_error_flat_nested_or_failed(payload: JsonObject) -> None:
    (error,) = decoded(payload)
    assert isinstance(error, Error)
    assert (error.message, error.kind) == ("slow down", "rate_limit_exceeded")
    assert (error.status, error.retryable) == (429, True)


def test_an_error_that_fails_the_answer_is_said_once() -> None:
    failed = {"type": "response.failed", "response": {"error": ERROR}}
    events = decoded(
        added(message("")), text_delta("a"), {"type": "error", **ERROR}, failed
    )
    assert [e.type for e in events if not isinstance(e, StreamEvent)] == ["error"]
    assert [p.type for p in parts_of(events)] == ["text"]


def test_an_error_body_is_an_error_streamed_or_not() -> None:
    body = {"error": {"message": "no", "type": "invalid_request_error", "code": None}}
    (error,) = PROVIDER.decode_whole(body)
    assert isinstance(error, Error)
    assert (error.kind, error.status) == ("invalid_request_error", 400)
    assert list(PROVIDER.decode([Frame(json.dumps(body))])) == [error]


@pytest.mark.parametrize(
    ("status", "body", "want"),
    [
        (429, {"error": {"message": "m", "code": "rate_limit_exceeded"}}, ("m", "rate_limit_exceeded", True)),
        (429, {"error": {"message": "m", "code": "insufficient_quota"}}, ("m", "insufficient_quota", False)),
        (401, {"error": {"message": "m", "type": "authentication_error"}}, ("m", "authentication_error", False)),
        (502, "<html>Bad Gateway</html>", ("<html>Bad Gateway</html>", None, True)),
        (400, {"code": "bad", "error": "text"}, ("text", "bad", False)),
    ],
)  # fmt: skip
def test_http_errors_give_kind_status_and_whether_to_retry(
    status: int, body: Any, want: tuple[Any, ...]
) -> None:
    error = PROVIDER.decode_error(status, (("Retry-After", "7"),), body)
    assert (error.message, error.kind, error.retryable) == want
    assert error.status == status
    assert (error.provider_metadata or {})["openai"]["retry_after"] == "7"


def test_an_error_survives_the_way_out_and_back() -> None:
    error = Error("slow down", "rate_limit_exceeded", 429, True)
    status, body = PROVIDER.synthesise_error(error)
    back = PROVIDER.decode_error(status, (), body)
    assert (back.message, back.kind, back.status, back.retryable) == (
        "slow down",
        "rate_limit_exceeded",
        429,
        True,
    )
    assert list(PROVIDER.decode(PROVIDER.synthesise([error]))) == [error]


@pytest.mark.parametrize(
    "payload",
    ["[1]", '{"type":"response.output_item.added"}', '{"type":"response.completed"}',
     '{"type":"response.output_text.delta","delta":5}', '{"type":["x"]}'],
)  # fmt: skip
def test_json_of_the_wrong_shape_is_a_wire_error_at_the_door(payload: str) -> None:
    headers = (("content-type", "text/event-stream"),)
    with pytest.raises(WireError):
        list(hear(PROVIDER, 200, headers, [f"data: {payload}\n\n".encode()]))


# -------------------------------------------------------------- speaking

SPOKEN: list[list[Part]] = [
    [TextPart("Hello, wörld 🦉")],
    [TextPart("one"), TextPart("two")],
    [TextPart("I will not.", {"openai": {"refusal": True}})],
    [ReasoningPart("thinking"), TextPart("4")],
    [
        ReasoningPart("", True, {"openai": {"encrypted_content": "sealed"}}),
        TextPart("4"),
    ],
    [ToolCallPart("add", {"a": 1}, "call_1"), ToolCallPart("add", {"a": 2}, "call_2")],
    [
        ReasoningPart("first"),
        ToolCallPart("add", {}, "call_1"),
        ReasoningPart("then"),
        ToolCallPart("add", [1], "call_2"),
    ],
    [
        ToolCallPart("lookup", {"q": "x"}, "srv_1", True),
        ToolResultPart("lookup", "found", "srv_1", True),
        TextPart("done"),
    ],
    [
        ToolCallPart("lookup", {"q": "x"}, "srv_1", True),
        ToolResultPart("lookup", "", "srv_1", True, exception="TimeoutError: late"),
    ],
    [
        ToolCallPart("code_interpreter", {"code": "1"}, "srv_1", True),
        ToolResultPart("code_interpreter", "1", "srv_1", True),
    ],
    [
        ToolCallPart("web_search", {"query": "q"}, "srv_1", True),
        ToolResultPart("web_search", "plain words", "srv_1", True),
    ],
]
"""What somebody wrote who knows nothing of this wire."""


def contains(got: Any, want: Any) -> bool:
    if isinstance(want, dict):
        return all(contains((got or {}).get(k), v) for k, v in want.items())
    return bool(got == want)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("parts", SPOKEN)
def test_plain_parts_come_back_as_they_were_said(
    parts: list[Part], stream: bool
) -> None:
    assert PROVIDER.cannot_say(Message("assistant", tuple(parts))) == []
    said = disassemble([Message("assistant", tuple(parts))])
    response = speak(PROVIDER, said, stream=stream)
    heard = list(hear(PROVIDER, 200, response.headers, response.chunks))
    back = parts_of(heard)
    assert [bare(p) for p in back] == [bare(p) for p in parts]
    for got, want in zip(back, parts, strict=True):
        assert contains(got.provider_metadata, want.provider_metadata or {})
    assert isinstance(heard[-1], Finish)


def bare(part: Part) -> tuple[Any, ...]:
    return tuple(
        (name, getattr(part, name))
        for name in part.__slots__
        if name != "provider_metadata"
    )


@pytest.mark.parametrize("parts", SPOKEN)
def test_the_official_sdk_folds_what_we_say(parts: list[Part]) -> None:
    said: list[Event] = [
        *disassemble([Message("assistant", tuple(parts))]),
        Usage(3, 2),
        Finish("stop"),
    ]
    body = b"".join(speak(PROVIDER, said, stream=True).chunks)
    answer = httpx2.Response(
        200, headers={"content-type": "text/event-stream"}, content=body
    )
    transport = httpx2.MockTransport(lambda request: answer)
    with (
        httpx2.Client(transport=transport) as http,
        openai.OpenAI(api_key="k", http_client=http, max_retries=0) as client,
        client.responses.stream(model="m", input="x") as stream,
    ):
        final = stream.get_final_response()
    texts = [p.text for p in parts if isinstance(p, TextPart) and not metadata(p)]
    assert final.output_text == "".join(texts)
    calls = [(o.name, o.call_id, json.loads(o.arguments)) for o in final.output if o.type == "function_call"]  # fmt: skip
    assert calls == [
        (p.name, p.tool_call_id, p.arguments)
        for p in parts
        if isinstance(p, ToolCallPart) and not p.server_executed
    ]
    assert final.usage is not None
    assert (final.usage.input_tokens, final.usage.output_tokens) == (3, 2)


def test_each_chunk_is_a_delta_and_sequence_numbers_have_no_gap() -> None:
    said = [StreamEvent("text", "a", 0), StreamEvent("text", "b", 0)]
    frames = list(PROVIDER.synthesise(said))
    payloads = [json.loads(frame.data) for frame in frames]
    assert [p["sequence_number"] for p in payloads] == list(range(len(payloads)))
    assert [f.event for f in frames] == [p["type"] for p in payloads]
    assert [p["type"].removeprefix("response.") for p in payloads] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert payloads[-1]["response"]["output"] == [payloads[-2]["item"]]


def test_a_truncated_answer_is_spoken_without_its_end() -> None:
    said: list[Event] = [
        StreamEvent("text", "a", 0),
        Error("cut", "truncated", None, True),
    ]
    frames = list(PROVIDER.synthesise(said))
    assert frames[-1].event == "response.output_item.done"


def test_a_synthesised_stream_reads_the_same_byte_by_byte() -> None:
    said = list(disassemble([Message("assistant", tuple(SPOKEN[6]))]))
    body = b"".join(sse.write(PROVIDER.synthesise(said)))
    bytes_ = [body[i : i + 1] for i in range(len(body))]
    assert list(PROVIDER.decode(sse.read(bytes_))) == list(
        PROVIDER.decode(sse.read([body]))
    )


@pytest.mark.parametrize(
    "part",
    [
        AttachmentPart(Attachment("image/png", content=b"x")),
        ToolResultPart("add", "2", "call_1"),
        ReasoningPart("", True),
    ],
)
def test_what_an_answer_cannot_hold_is_said_beforehand(part: Part) -> None:
    assert PROVIDER.cannot_say(Message("assistant", (part,)))


def test_an_opaque_string_comes_back_where_it_was_put() -> None:
    said = PROVIDER.opaque(ReasoningPart(""), "s3cret")
    (part,) = parts_of(list(PROVIDER.decode(PROVIDER.synthesise(disassemble([Message("assistant", (ReasoningPart("", True, said),))])))))  # fmt: skip
    assert contains(part.provider_metadata, said)
    assert PROVIDER.opaque(TextPart("x"), "s") is None


# ---------------------------------------------------------------- asking

PNG = Attachment("image/png", content=b"\x89PNG")
ECHOED = {"openai": {"id": "rs_1", "encrypted_content": "sealed"}}

TURNS = [
    Turn("m", (Message("user", (TextPart("Hi"),)),)),
    Turn("m", (Message("system", (TextPart("Be brief."),)), Message("user", (TextPart("Hi"),))), stream=True),
    Turn("m", (Message("system", (TextPart("a"), TextPart("b"))), Message("user", ()))),
    Turn("m", (Message("developer", (TextPart("a"),)), Message("user", (TextPart("a"), TextPart("b"))))),
    Turn("m", (Message("user", (TextPart("What?"), AttachmentPart(PNG), AttachmentPart(Attachment(url="https://example.com/a.png"))),),)),
    Turn("m", (Message("user", (AttachmentPart(Attachment("application/pdf", content=b"%PDF")), AttachmentPart(None, {"openai": {"type": "input_file", "file_id": "file-1"}}))),)),
    Turn("m", (Message("user", (TextPart("Hi"),)), Message("assistant", (TextPart("Hello"), TextPart("again"))), Message("user", (TextPart("Bye"),)))),
    Turn(
        "m",
        (
            Message("user", (TextPart("1+1?"),)),
            Message(
                "assistant",
                (
                    ReasoningPart("", True, ECHOED),
                    ToolCallPart("add", {"a": 1}, "call_1", provider_metadata={"openai": {"id": "fc_1"}}),
                    ReasoningPart("hm", False, {"openai": {"id": "rs_2"}}),
                    ToolCallPart("add", {"_raw": '{"a"'}, "call_2"),
                    TextPart("wait", {"openai": {"id": "msg_1", "phase": "commentary"}}),
                ),
            ),
            Message("tool", (ToolResultPart("add", "2", "call_1"), ToolResultPart("add", "", "call_2", attachments=(PNG,)))),
        ),
        (Tool("add", "adds", {"type": "object"}), ServerSideTool({"type": "web_search"})),
        options={"temperature": 0.5, "store": False, "include": ["reasoning.encrypted_content"]},
    ),
    Turn("m", (Message("assistant", (ToolCallPart("sql", {"input": "select 1"}, "c", provider_metadata={"openai": {"type": "custom_tool_call"}}),)), Message("tool", (ToolResultPart("sql", "1", "c"),)))),
    Turn("m", (Message("assistant", (ReasoningPart("", False, {"openai": {"type": "compaction", "encrypted_content": "x"}}),)), Message("user", (TextPart("go on"),)))),
    Turn("m", (Message("user", (TextPart("Hi"),)),), schema={"type": "object"}, options={"text": {"verbosity": "low"}}),
]  # fmt: skip


@pytest.mark.parametrize("turn", TURNS)
def test_a_turn_survives_being_asked(turn: Turn) -> None:
    body = PROVIDER.encode(turn)
    assert PROVIDER.parse(json.loads(json.dumps(body))) == turn


def test_items_go_back_in_the_order_they_were_said() -> None:
    kinds = [
        item.get("type", item.get("role"))
        for item in PROVIDER.encode(TURNS[7])["input"]
    ]
    assert kinds == [
        "user",
        "reasoning",
        "function_call",
        "reasoning",
        "function_call",
        "message",
        "function_call_output",
        "function_call_output",
    ]


def test_the_echo_of_an_answer_is_the_answer() -> None:
    output = [
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "s"},
        message("Hi", status="completed"),
        TOOL_ITEMS[0][0] | {"status": "completed"},
        CALL,
        {"type": "compaction", "id": "cmp_1", "encrypted_content": "x"},
    ]
    turn = Turn("m", tuple(assemble(whole(*output))))
    assert PROVIDER.encode(turn)["input"] == output


def test_a_result_goes_back_as_the_kind_its_call_wants() -> None:
    custom = PROVIDER.encode(TURNS[8])["input"]
    assert [item["type"] for item in custom] == [
        "custom_tool_call",
        "custom_tool_call_output",
    ]


def test_a_request_written_by_hand_is_understood() -> None:
    tool = {"type": "function", "name": "f", "parameters": None, "strict": True}
    body = {"model": "m", "input": "Hi", "instructions": None, "tools": [tool]}
    said = Message("user", (TextPart("Hi"),))
    strict = Tool("f", provider_metadata={"openai": {"strict": True}})
    assert PROVIDER.parse(body) == Turn("m", (said,), (strict,))


@pytest.mark.parametrize(
    "message_",
    [
        Message("user", (AttachmentPart(Attachment("audio/wav", content=b"x")),)),
        Message("user", (AttachmentPart(Attachment(content=b"x")),)),
        Message("user", (AttachmentPart(Attachment("image/png", path="a.png")),)),
        Message("user", (ReasoningPart("hm"),)),
        Message("tool", (TextPart("x"),)),
        Message("assistant", (ToolCallPart("add", {}),)),
        Message("assistant", (AttachmentPart(PNG),)),
        Message("narrator", (TextPart("x"),)),
    ],
)
def test_what_a_request_cannot_carry_is_refused(message_: Message) -> None:
    with pytest.raises(NotExpressible):
        PROVIDER.encode(Turn("m", (message_,)))


def test_the_address_and_the_key() -> None:
    assert PROVIDER.path(TURNS[0]) == "/responses"
    assert PROVIDER.headers("k") == {"authorization": "Bearer k"}
    assert re.fullmatch(r"call_[0-9a-f]{24}", PROVIDER.call_id(7))
