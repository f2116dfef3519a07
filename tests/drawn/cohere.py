"""What Cohere's wire alone can say: plans, citations, documents and pictures."""

from __future__ import annotations

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
from harness.message.turn import Tool, Turn
from harness.wire.jsonbody import text

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
name = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
arguments: st.SearchStrategy[JsonObject] = st.dictionaries(name, words, max_size=2)
SPARE: list[JsonObject] = [{}, {"function": {"strict": True}}, {"x": 1}]
SCHEMA: JsonObject = {"type": "object", "properties": {"a": {"type": "string"}}}


def ours(data: JsonObject) -> JsonObject | None:
    return {"cohere": data} if data else None


@st.composite
def sources(draw: st.DrawFn) -> JsonObject:
    """Where a citation comes from: a tool's output, or a document."""
    held = {"id": draw(name), "content": draw(words)}
    if draw(st.booleans()):
        return {"type": "tool", "id": draw(name), "tool_output": held}
    return {"type": "document", "id": draw(name), "document": held}


@st.composite
def cited(draw: st.DrawFn, type_: str | None, at: int | None) -> JsonObject:
    """What a part says beside its words: its citations, or nothing."""
    named: JsonObject = {} if at is None else {"content_index": at}
    named |= {"type": type_} if type_ else {}
    found = draw(st.lists(sources(), max_size=2))
    citations = [
        {"start": 0, "end": n, "text": draw(words), "sources": [source]} | named
        for n, source in enumerate(found)
    ]
    return {"citations": citations} if citations else {}


@st.composite
def content(draw: st.DrawFn) -> list[Part]:
    """Thoughts and texts; each citation says which, or goes without in the last."""
    parts: list[Part] = []
    kinds = draw(st.lists(st.sampled_from(["text", "thinking"]), max_size=4))
    for number, kind in enumerate(kinds):
        is_last = kind not in kinds[number + 1 :]
        if kind == "text":
            type_ = draw(st.sampled_from(["TEXT_CONTENT", None]))
            at = draw(st.none() | st.just(number)) if is_last else number
            parts.append(TextPart(draw(words), ours(draw(cited(type_, at)))))
        else:
            at = draw(st.none() | st.just(number)) if is_last else number
            beside = draw(cited("THINKING_CONTENT", at))
            parts.append(ReasoningPart(draw(words), provider_metadata=ours(beside)))
    return parts


@st.composite
def calls(draw: st.DrawFn) -> list[Part]:
    """Calls, with ids and without; the arguments of one may be cut short."""
    parts: list[Part] = []
    for number in range(draw(st.integers(0, 3))):
        id_ = draw(st.none() | st.just(f"{draw(name)}_{number}"))
        cut = st.just({"_raw": '{"a": "b'})
        spare: JsonObject = draw(st.sampled_from(SPARE))
        made = draw(arguments | cut | st.just([1]))
        parts.append(ToolCallPart(draw(name), made, id_, provider_metadata=ours(spare)))
    return parts


@st.composite
def answers(draw: st.DrawFn) -> Message:
    """Content, a plan, calls: in the order in which a whole message has them."""
    parts = draw(content())
    if draw(st.booleans()):
        plan = {"type": "tool_plan"} | draw(cited("PLAN", None))
        parts.append(ReasoningPart(draw(words), provider_metadata=ours(plan)))
    return Message("assistant", (*parts, *draw(calls())))


@st.composite
def asked(draw: st.DrawFn) -> Message:
    """What a user says: words and pictures, by address and by content."""
    detail = st.sampled_from([{}, {"image_url": {"detail": "high"}}])
    pictures = st.builds(
        Attachment,
        type=st.sampled_from(["image/png", "image/jpeg"]),
        content=st.binary(min_size=1, max_size=9),
    ) | st.just(Attachment("image/*", url="https://e.org/a.png"))
    parts: list[Part] = [TextPart(draw(words))]
    shown = draw(st.lists(st.tuples(pictures, detail), max_size=2))
    parts += [AttachmentPart(picture, ours(beside)) for picture, beside in shown]
    if draw(st.booleans()):
        parts.append(TextPart(draw(words), ours({"cache": draw(name)})))
    beside = draw(st.sampled_from([{}, {"name": "Ann"}]))
    return Message("user", tuple(parts), ours(beside))


@st.composite
def results(draw: st.DrawFn, called: list[ToolCallPart]) -> Message:
    """What tools put out: words, or documents with ids to cite them by."""
    parts: list[Part] = []
    for call in called:
        output, beside = draw(words), {}
        if draw(st.booleans()):
            data = draw(arguments)
            document = {"id": draw(name), "data": data}
            items = [
                {"type": "text", "text": output},
                {"type": "document", "document": document},
            ]
            output, beside = f"{output}\n{text(data)}", {"content": items}
        parts.append(
            ToolResultPart(
                call.name, output, call.tool_call_id, provider_metadata=ours(beside)
            )
        )
    return Message("tool", tuple(parts))


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """Requests with everything the API's reference has a word for."""
    said = [Message("system", (TextPart(draw(words)),))] if draw(st.booleans()) else []
    said.append(draw(asked()))
    for number in range(draw(st.integers(0, 2))):
        answer = draw(answers())
        ids = (f"c{number}_{n}" for n in range(3))
        parts = tuple(
            ToolCallPart(p.name, p.arguments, next(ids), False, p.provider_metadata)
            if isinstance(p, ToolCallPart)
            else p
            for p in answer.parts
        )
        said.append(Message("assistant", parts or (TextPart("a"),)))
        called = [p for p in parts if isinstance(p, ToolCallPart)]
        said.append(draw(results(called)) if called else draw(asked()))
    strict = st.sampled_from([None, ours({"function": {"strict": True}})])
    tools = st.builds(
        Tool,
        name,
        st.none() | words,
        st.just(SCHEMA) | st.just({}),
        provider_metadata=strict,
    )
    schema = draw(st.none() | st.just(SCHEMA))
    old = {"response_format": {"schema_in": "schema"}}
    return Turn(
        "command-a-03-2025",
        tuple(said),
        tuple(draw(st.lists(tools, max_size=2))),
        draw(st.booleans()),
        schema,
        draw(options()),
        ours(draw(st.sampled_from([{}, old]))) if schema else None,
    )


@st.composite
def options(draw: st.DrawFn) -> JsonObject:
    """Fields of a request beside what is said and with what."""
    spare: JsonObject = {
        "documents": ["a", {"id": "d", "data": {"text": "b"}}],
        "strict_tools": True,
        "tool_choice": "REQUIRED",
        "thinking": {"type": "enabled", "token_budget": 500},
        "citation_options": {"mode": "ACCURATE"},
        "safety_mode": "STRICT",
        "logprobs": True,
        "max_tokens": 64,
        "stop_sequences": ["."],
        "p": 0.5,
        "k": 3,
    }
    wanted = draw(st.sets(st.sampled_from(sorted(spare)), max_size=4))
    return {word: spare[word] for word in spare if word in wanted}
