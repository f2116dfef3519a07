"""What Converse alone can say: sealed thoughts, citations, S3, guards, cache marks."""

from __future__ import annotations

import base64
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
from harness.wire.jsonbody import text as json_text

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
name = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
blob = st.binary(min_size=1, max_size=12)
sealed = blob.map(lambda data: base64.b64encode(data).decode())
arguments: st.SearchStrategy[JsonObject] = st.dictionaries(name, words, max_size=2)
SCHEMA: JsonObject = {"type": "object", "properties": {"a": {"type": "string"}}}

MARKS: list[JsonObject] = [
    {},
    {},
    {"cachePoint": {"type": "default"}},
    {"cachePoint": {"type": "default", "ttl": "1h"}},
]
LOCATIONS: list[JsonObject] = [
    {"web": {"url": "https://e.org", "domain": "e.org"}},
    {"documentChar": {"documentIndex": 0, "start": 1, "end": 2}},
    {"searchResultLocation": {"searchResultIndex": 0, "start": 0, "end": 1}},
]


def ours(data: JsonObject) -> JsonObject | None:
    return {"bedrock": data} if data else None


# ----------------------------------------------------------------- answers


@st.composite
def citations(draw: st.DrawFn) -> JsonObject:
    said: JsonObject = {"location": draw(st.sampled_from(LOCATIONS))}
    if draw(st.booleans()):
        said |= {"title": draw(words), "sourceContent": [{"text": draw(words)}]}
    return said


@st.composite
def texts(draw: st.DrawFn) -> Part:
    """Words, cited or not; a source may be cited without a word."""
    cited = draw(st.lists(citations(), max_size=2))
    text = draw(st.just("") | words) if cited else draw(words)
    return TextPart(text, ours({"citations": cited} if cited else {}))


thoughts: st.SearchStrategy[Part] = st.one_of(
    st.builds(ReasoningPart, words),
    st.builds(
        lambda text, signature: ReasoningPart(
            text, provider_metadata=ours({"signature": signature})
        ),
        st.just("") | words,
        words,
    ),
    sealed.map(lambda data: ReasoningPart("", True, ours({"redactedContent": data}))),
)
"""Thoughts: plain, signed, only signed, and withheld."""


@st.composite
def pictures(draw: st.DrawFn) -> Part:
    """Images that the model made, by their bytes or where they lie."""
    type_ = draw(st.sampled_from(["image/png", "image/webp"]))
    if draw(st.booleans()):
        return AttachmentPart(Attachment(type_, content=draw(blob)))
    owner = draw(st.sampled_from([{}, {"bucketOwner": "123456789012"}]))
    return AttachmentPart(Attachment(type_, url="s3://bucket/a.png"), ours(owner))


@st.composite
def calls(draw: st.DrawFn, id_: str) -> list[Part]:
    """A call; its arguments may be cut short, or no object."""
    cut = st.just({"_raw": '{"a": "b'})
    made: Any = draw(arguments | cut | st.just([1]) | st.none())
    return [ToolCallPart(draw(name), made, id_)]


@st.composite
def ran(draw: st.DrawFn, id_: str) -> list[Part]:
    """A tool that the provider ran, and what it gave back: text or JSON, or failure."""
    tool = draw(name)
    facts: JsonObject = draw(st.sampled_from([{}, {"type": f"{tool}_result"}]))
    pieces: list[JsonObject] = draw(
        st.lists(
            words.map(lambda t: {"text": t}) | arguments.map(lambda v: {"json": v}),
            max_size=3,
        )
    )
    output = "\n".join(
        p["text"] if "text" in p else json_text(p["json"]) for p in pieces
    )
    if pieces and pieces != [{"text": output}]:
        facts = facts | {"content": pieces}
    failed = draw(st.booleans())
    if not failed:
        facts = facts | draw(st.sampled_from([{}, {"status": "success"}]))
    return [
        ToolCallPart(tool, draw(arguments), id_, server_executed=True),
        ToolResultPart(
            tool,
            output,
            id_,
            server_executed=True,
            exception=(output or "error") if failed else None,
            provider_metadata=ours(facts),
        ),
    ]


@st.composite
def answers(draw: st.DrawFn, prefix: str = "") -> Message:
    """Blocks of all kinds, in any order."""
    parts: list[Part] = []
    for number in range(draw(st.integers(0, 5))):
        id_ = f"tooluse_{prefix}{number}"
        single = st.one_of(texts(), thoughts, pictures()).map(lambda part: [part])
        parts += draw(single | calls(id_) | ran(id_))
    return Message("assistant", tuple(parts))


# ---------------------------------------------------------------- requests

FACTS: dict[str, list[JsonObject]] = {
    "image/png": [{}, {"guardContent": {}}],
    "application/pdf": [
        {},
        {"name": "Report"},
        {"context": "c", "citations": {"enabled": True}},
    ],
    "text/markdown": [{}, {"source": "text"}],
    "video/mp4": [{}],
    "video/mpeg": [{}, {"format": "mpg"}],
    "audio/wav": [{}],
}
"""Types of attachment, and what may be said beside."""


@st.composite
def attachments(draw: st.DrawFn) -> Part:
    """Images, documents, videos and sounds, by their bytes and in S3."""
    type_ = draw(st.sampled_from(sorted(FACTS)))
    facts = draw(st.sampled_from(FACTS[type_]))
    elsewhere = facts.keys().isdisjoint({"source", "guardContent"})
    if elsewhere and draw(st.booleans()):
        held = Attachment(type_, url="s3://bucket/a")
        facts = facts | draw(st.sampled_from([{}, {"bucketOwner": "123456789012"}]))
    else:
        held = Attachment(type_, content=draw(words).encode())
    return AttachmentPart(held, ours(facts | draw(st.sampled_from(MARKS))))


@st.composite
def asked(draw: st.DrawFn) -> Message:
    """What a user says: words, guarded ones, attachments, and blocks we do not read."""
    guard: list[JsonObject] = [{}, {"guardContent": {"qualifiers": ["query"]}}]
    found = {"source": "s", "title": "t", "content": [{"text": "c"}]}
    said = st.builds(
        lambda text, facts, mark: TextPart(text, ours(facts | mark)),
        words,
        st.sampled_from(guard),
        st.sampled_from(MARKS),
    )
    verbatim = st.just(TextPart("", ours({"block": {"searchResult": found}})))
    parts = draw(st.lists(said | attachments() | verbatim, min_size=1, max_size=4))
    return Message("user", tuple(parts))


@st.composite
def results(draw: st.DrawFn, called: list[ToolCallPart]) -> Message:
    """What our tools gave back: words, JSON, attachments, or that they failed."""
    shown = st.builds(
        Attachment,
        type=st.sampled_from(["image/png", "application/pdf", "video/mp4"]),
        content=blob,
    )
    parts: list[Part] = []
    for call in called:
        output, facts = draw(st.just("") | words), dict(draw(st.sampled_from(MARKS)))
        held = tuple(draw(st.lists(shown, max_size=2)))
        if not held and draw(st.booleans()):
            data = draw(arguments)
            output, facts["content"] = json_text(data), [{"json": data}]
        failed = draw(st.booleans())
        if not failed and draw(st.booleans()):
            facts["status"] = "success"
        part = ToolResultPart(
            call.name,
            output,
            call.tool_call_id,
            attachments=held,
            exception=(output or "error") if failed else None,
            provider_metadata=ours(facts),
        )
        parts.append(part)
    return Message("tool", tuple(parts))


@st.composite
def messages(draw: st.DrawFn) -> list[Message]:
    """A conversation that may begin with a system message, and mark what is cached."""
    said: list[Message] = []
    if draw(st.booleans()):
        mark = ours(draw(st.sampled_from(MARKS)))
        said.append(Message("system", (TextPart(draw(words), mark),)))
    said.append(draw(asked()))
    for turn in range(draw(st.integers(0, 2))):
        answer = draw(answers(f"{turn}_"))
        said.append(Message("assistant", answer.parts or (TextPart("a"),)))
        called = [
            part
            for part in answer.parts
            if isinstance(part, ToolCallPart) and not part.server_executed
        ]
        said += [draw(results(called))] if called else []
        said += [draw(asked())] if not called or draw(st.booleans()) else []
    return said


tools = st.one_of(
    st.builds(
        Tool,
        name,
        st.none() | words,
        st.just(SCHEMA) | st.just({}),
        provider_metadata=st.sampled_from([None, ours({"strict": True})]),
    ),
    st.just(ServerSideTool({"systemTool": {"name": "nova_grounding"}})),
    st.just(ServerSideTool({"cachePoint": {"type": "default"}})),
)


@st.composite
def options(draw: st.DrawFn, *, with_tools: bool) -> JsonObject:
    """Fields of a request beside what is said and with what."""
    spare: JsonObject = {
        "inferenceConfig": {"maxTokens": 64, "stopSequences": ["."]},
        "additionalModelRequestFields": {"thinking": {"type": "adaptive"}},
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
        "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"},
        "outputConfig": {"effort": "low"},
        "performanceConfig": {"latency": "optimized"},
        "promptVariables": {"a": {"text": "b"}},
        "requestMetadata": {"a": "b"},
        "serviceTier": {"type": "flex"},
    }
    if with_tools:
        choice = st.sampled_from([{"auto": {}}, {"any": {}}, {"tool": {"name": "f"}}])
        spare["toolConfig"] = {"toolChoice": draw(choice)}
    wanted = draw(st.sets(st.sampled_from(sorted(spare)), max_size=4))
    return {word: spare[word] for word in spare if word in wanted}


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """Requests with everything the API's reference has a word for."""
    declared = tuple(draw(st.lists(tools, max_size=3)))
    schema = draw(st.none() | st.just(SCHEMA))
    facts = [{}, {"name": "n", "description": "d"}, {"schema": '{ "type":"object"}'}]
    facts[2]["schema"] = json_text(SCHEMA).replace(":", ": ")
    beside = draw(st.sampled_from(facts)) if schema else {}
    models = [
        "amazon.nova-lite-v1:0",
        "arn:aws:bedrock:us-east-1:1:inference-profile/é",
    ]
    return Turn(
        draw(st.sampled_from(models)),
        tuple(draw(messages())),
        declared,
        draw(st.booleans()),
        schema,
        draw(options(with_tools=bool(declared))),
        ours({"schema": beside} if beside else {}),
    )
