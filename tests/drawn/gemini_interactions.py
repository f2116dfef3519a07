"""What Gemini's Interactions alone can say: signed steps of every kind, and forms."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

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
from harness.wire.jsonbody import text as written

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
name = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
arguments: st.SearchStrategy[JsonObject] = st.dictionaries(name, words, max_size=2)
signatures: st.SearchStrategy[JsonObject] = st.just({}) | st.builds(
    lambda held: {"signature": held}, words
)
SCHEMA: JsonObject = {"type": "object", "properties": {"a": {"type": "string"}}}
GOOGLES = ("google_search", "code_execution", "url_context", "file_search")
MEDIA = ("image/png", "audio/wav", "video/mp4", "application/pdf")


def ours(data: JsonObject) -> JsonObject | None:
    return {"gemini-interactions": data} if data else None


@st.composite
def shown(draw: st.DrawFn) -> Attachment:
    """A medium by its bytes, or by its address and with or without a full type."""
    if draw(st.booleans()):
        content = draw(st.binary(max_size=9))
        return Attachment(draw(st.sampled_from(MEDIA)), content=content)
    type_ = draw(st.sampled_from([*MEDIA, "image/*", "video/*"]))
    return Attachment(type_, url="https://e.org/a")


@st.composite
def thoughts(draw: st.DrawFn) -> list[Part]:
    """A thought, signed or not, with words or without; its summary may hold more."""
    said, held = draw(st.just("") | words), draw(signatures)
    if draw(st.integers(0, 4)) == 0:
        image = {"type": "image", "data": "iVBORw0KGgo=", "mime_type": "image/png"}
        text = [{"type": "text", "text": said}] if said else []
        held = held | {"summary": [*text, image]}
    part = ReasoningPart(said, provider_metadata=ours(held))
    return [part] if said or held else []


@st.composite
def outputs(draw: st.DrawFn) -> list[Part]:
    """One step of output: texts, based on something, and media among them."""
    parts: list[Part] = []
    for number in range(draw(st.integers(1, 3))):
        spare: JsonObject = (
            {"same_step": True} if number else draw(st.just({}) | failed)
        )
        if draw(st.booleans()):
            notes = [{"type": "url_citation", "start_index": 0, "url": "https://e.org"}]
            based = {"annotations": notes} if draw(st.booleans()) else {}
            parts.append(TextPart(draw(words), ours(spare | based)))
        else:
            spare = spare | draw(st.sampled_from([{}, {"resolution": "high"}]))
            parts.append(AttachmentPart(draw(shown()), ours(spare)))
    return parts


failed: st.SearchStrategy[JsonObject] = st.just(
    {"step": {"error": {"code": 13, "message": "cut short"}}}
)


@st.composite
def calls(draw: st.DrawFn) -> list[Part]:
    """A call of ours, with an id and without; it may be cut short."""
    id_ = draw(st.none() | words)
    made = draw(arguments | st.just({"_raw": '{"a": "b'}))
    held = draw(signatures)
    return [ToolCallPart(draw(name), made, id_, provider_metadata=ours(held))]


@st.composite
def searches(draw: st.DrawFn) -> list[Part]:
    """A tool of the provider's, and what came of it: text or JSON, or that it failed."""
    tool, id_ = draw(st.sampled_from(GOOGLES)), draw(words)
    held: JsonObject = draw(signatures)
    spare: JsonObject = {}
    if draw(st.booleans()):
        tool, held = draw(name), held | {"server_name": "s"}
        kinds = {"type": "mcp_server_tool_call"}, {"type": "mcp_server_tool_result"}
        held, spare = (held | kinds[0], kinds[1]) if tool in GOOGLES else (held, {})
    found = draw(words | st.just("[1]") | arguments.map(written))
    if found == "[1]" and draw(st.booleans()):
        spare = spare | {"result_is": "text"}
    exception = draw(st.sampled_from([None, "is_error"]))
    return [
        ToolCallPart(tool, draw(arguments), id_, True, ours(held)),
        ToolResultPart(
            tool,
            found,
            id_,
            True,
            exception=exception,
            provider_metadata=ours(spare | draw(signatures)),
        ),
    ]


@st.composite
def answers(draw: st.DrawFn) -> Message:
    """Steps of every kind, in any order."""
    kinds = st.one_of(thoughts(), outputs(), calls(), searches())
    steps = draw(st.lists(kinds, max_size=4))
    return Message("assistant", tuple(part for step in steps for part in step))


@st.composite
def asked(draw: st.DrawFn) -> Message:
    """What a user says: words and media."""
    parts: list[Part] = [TextPart(draw(words))]
    parts += [AttachmentPart(one) for one in draw(st.lists(shown(), max_size=2))]
    if draw(st.booleans()):
        parts.append(AttachmentPart(draw(shown()), ours({"resolution": "low"})))
    return Message("user", tuple(parts), ours(draw(st.sampled_from([{}, {"x": 1}]))))


@st.composite
def results(draw: st.DrawFn, called: list[ToolCallPart]) -> Message:
    """What our tools gave back: text, objects, media, failures."""
    parts: list[Part] = []
    for call in called:
        output = draw(words)
        spare: JsonObject = draw(st.sampled_from([{}, {"note": 1}]))
        media = tuple(draw(st.lists(shown(), max_size=2)))
        if not media and draw(st.booleans()):
            output, spare = written(draw(arguments)), spare | {"result_is": "json"}
        exception = draw(st.sampled_from([None, output]))
        parts.append(
            ToolResultPart(
                call.name,
                output,
                call.tool_call_id,
                False,
                media,
                exception,
                ours(spare),
            )
        )
    return Message("tool", tuple(parts))


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """Questions, answers of every kind of step, and what our tools made of them."""
    said = [draw(asked())]
    for number in range(draw(st.integers(0, 2))):
        answer = draw(answers())
        ids = (f"c{number}_{n}" for n in range(9))
        parts = tuple(
            ToolCallPart(p.name, p.arguments, next(ids), False, p.provider_metadata)
            if isinstance(p, ToolCallPart) and not p.server_executed
            else p
            for p in answer.parts
        )
        said.append(Message("assistant", parts or (TextPart("a"),)))
        called = [
            p for p in parts if isinstance(p, ToolCallPart) and not p.server_executed
        ]
        said.append(draw(results(called)) if called else draw(asked()))
    return said


@st.composite
def alone(draw: st.DrawFn) -> list[Message]:
    """A question in one of the forms that hold no more than one."""
    text = TextPart(draw(words))
    if draw(st.booleans()):
        content = draw(st.sampled_from(["text", "one"]))
        return [Message("user", (text,), ours({"form": "bare", "content_is": content}))]
    shows = AttachmentPart(draw(shown()))
    return [Message("user", (text, shows), ours({"form": "bare"}))]


@st.composite
def in_turns(draw: st.DrawFn) -> list[Message]:
    """A conversation in the older grammar, of turns."""
    said: list[Message] = []
    for number, message in enumerate(draw(conversations())):
        facts: JsonObject = {"form": "turn"}
        parts = message.parts
        if message.role == "assistant":
            parts = tuple(part for part in parts if not _placed(part))
            parts = parts or (TextPart(f"{number}"),)
        if [part.type for part in parts] == ["text"] and draw(st.booleans()):
            parts, facts = (TextPart("a"),), facts | {"content_is": "text"}
        said.append(Message(message.role, parts, ours(facts)))
    return said


def _placed(part: Part) -> bool:
    """Whether it says something of a step, where there are none."""
    facts: dict[str, Any] = (part.provider_metadata or {}).get(
        "gemini-interactions", {}
    )
    return bool({"same_step", "step"} & facts.keys())


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """Requests with everything that an interaction may be asked."""
    said = [Message("system", (TextPart(draw(words)),))] if draw(st.booleans()) else []
    said += draw(conversations() | alone() | in_turns())
    beside = st.sampled_from([None, ours({"defer_loading": True})])
    function = st.builds(
        Tool,
        name,
        st.none() | words,
        st.just(SCHEMA) | st.just({}),
        provider_metadata=beside,
    )
    google = st.just(ServerSideTool({"type": "google_search", "search_types": ["w"]}))
    schema = draw(st.none() | st.just(SCHEMA))
    facts: JsonObject = draw(st.sampled_from([{}, {"named_by": "agent"}]))
    if schema:
        other = {"response_format": {"type": "text"}}
        facts = facts | draw(st.sampled_from([{}, {"response_format": {}}, other]))
    return Turn(
        "gemini-3-flash-preview",
        tuple(said),
        tuple(draw(st.lists(function | google, max_size=2))),
        draw(st.booleans()),
        schema,
        draw(options()),
        ours(facts),
    )


@st.composite
def options(draw: st.DrawFn) -> JsonObject:
    """Fields of a request beside what is said and with what."""
    spare: JsonObject = {
        "previous_interaction_id": "v1_x",
        "store": False,
        "background": True,
        "generation_config": {"thinking_level": "low", "tool_choice": "any"},
        "response_modalities": ["text", "image"],
        "safety_settings": [{"category": "c", "threshold": "t"}],
        "service_tier": "flex",
        "response_mime_type": "application/json",
    }
    wanted = draw(st.sets(st.sampled_from(sorted(spare)), max_size=4))
    return {word: spare[word] for word in spare if word in wanted}
