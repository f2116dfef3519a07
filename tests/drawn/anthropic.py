"""What Anthropic's wire alone can say: blocks of every kind, sources, cache marks."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from harness.message.assemble import arguments_text
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

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
name = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
blob = st.binary(min_size=1, max_size=12)
arguments: st.SearchStrategy[JsonObject] = st.dictionaries(name, words, max_size=2)
SCHEMA: JsonObject = {"type": "object", "properties": {"a": {"type": "string"}}}

MARKS: list[JsonObject] = [
    {},
    {},
    {"cache_control": {"type": "ephemeral"}},
    {"cache_control": {"type": "ephemeral", "ttl": "1h"}},
]
CITATIONS: list[JsonObject] = [
    {"type": "char_location", "cited_text": "c", "document_index": 0},
    {"type": "web_search_result_location", "url": "u", "encrypted_index": "e"},
]
OPAQUE: list[JsonObject] = [
    {"type": "compaction", "content": "summary"},
    {"type": "compaction", "content": "summary", "encrypted_content": "e"},
    {"type": "container_upload", "file_id": "file_1"},
    {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}},
    {"type": "mcp_tool_listing", "mcp_server_name": "m", "tools": []},
]
"""Blocks that are sent back as they came."""

SERVER_TOOLS = (
    "web_search",
    "web_fetch",
    "code_execution",
    "bash_code_execution",
    "text_editor_code_execution",
    "tool_search_tool_regex",
    "advisor",
)


def ours(data: JsonObject) -> JsonObject | None:
    return {"anthropic": data} if data else None


# ----------------------------------------------------------------- answers

texts: st.SearchStrategy[Part] = st.builds(
    lambda text, cited: TextPart(text, ours({"citations": cited} if cited else {})),
    words,
    st.lists(st.sampled_from(CITATIONS), max_size=2),
)
thoughts: st.SearchStrategy[Part] = st.one_of(
    st.builds(
        lambda text, signature: ReasoningPart(
            text, provider_metadata=ours({"signature": signature})
        ),
        st.just("") | words,
        words,
    ),
    words.map(
        lambda data: ReasoningPart(
            "", True, ours({"type": "redacted_thinking", "data": data})
        )
    ),
    st.sampled_from(OPAQUE).map(
        lambda block: ReasoningPart("", provider_metadata=ours(block))
    ),
)
"""Thoughts: signed, only signed, withheld; and what is kept like them."""


@st.composite
def calls(draw: st.DrawFn, id_: str) -> list[Part]:
    """A call of ours, by the model or by a program of its; it may be cut short."""
    cut = st.just({"_raw": '{"a": "b'})
    caller = {"type": "code_execution_20260120", "tool_id": "srvtoolu_0"}
    facts = draw(st.sampled_from([{}, {"caller": caller}]))
    made = draw(arguments | cut)
    return [ToolCallPart(draw(name), made, id_, provider_metadata=ours(facts))]


@st.composite
def ran(draw: st.DrawFn, id_: str) -> list[Part]:
    """A tool that the provider ran, and the blocks or the error that it gave back."""
    tool = draw(st.sampled_from(SERVER_TOOLS))
    found = [{"type": "web_search_result", "url": "u", "encrypted_content": "e"}]
    failure = {"type": f"{tool}_tool_result_error", "error_code": "unavailable"}
    content: Any = draw(st.sampled_from([found, failure, {"stdout": "1"}, []]))
    failed = content is failure
    return [
        ToolCallPart(tool, draw(arguments), id_, server_executed=True),
        ToolResultPart(
            tool,
            arguments_text(content),
            id_,
            server_executed=True,
            exception="unavailable" if failed else None,
        ),
    ]


@st.composite
def connected(draw: st.DrawFn, id_: str) -> list[Part]:
    """A tool of an MCP server, and what that gave back: blocks or text."""
    server = ours({"server_name": draw(name)})
    content = [{"type": "text", "text": draw(words)}]
    output, facts = draw(
        st.sampled_from(
            [
                (arguments_text(content), {}),
                ("[1]", {"content_is_text": True}),
                ("words", {}),
            ]
        )
    )
    failed = "is_error" if draw(st.booleans()) else None
    return [
        ToolCallPart("ask", draw(arguments), id_, True, server),
        ToolResultPart(
            "ask",
            output,
            id_,
            server_executed=True,
            exception=failed,
            provider_metadata=ours(facts),
        ),
    ]


@st.composite
def answers(draw: st.DrawFn, prefix: str = "") -> Message:
    """Blocks of all kinds, in any order."""
    parts: list[Part] = []
    for number in range(draw(st.integers(0, 5))):
        id_ = f"toolu_{prefix}{number}"
        single = (texts | thoughts).map(lambda part: [part])
        parts += draw(single | calls(id_) | ran(id_) | connected(id_))
    return Message("assistant", tuple(parts))


# ---------------------------------------------------------------- requests

ATTACHED: list[tuple[Attachment, JsonObject]] = [
    (Attachment("image/png", content=b"\x89PNG"), {}),
    (Attachment("image/*", url="https://e.org/a.png"), {}),
    (Attachment("image/*"), {"source": {"type": "file", "file_id": "file_1"}}),
    (Attachment("application/pdf", content=b"%PDF"), {"title": "t", "context": "c"}),
    (Attachment(url="https://e.org/a.pdf"), {"citations": {"enabled": True}}),
    (Attachment(), {"source": {"type": "file", "file_id": "file_2"}}),
    (Attachment(), {"source": {"type": "content", "content": "words"}}),
    (Attachment("text/plain", content=b"words"), {}),
]
"""Attachments by their bytes, their URL, the id of a file, and as text."""

FOUND = {"type": "search_result", "source": "s", "title": "t", "content": []}


@st.composite
def asked(draw: st.DrawFn) -> Message:
    """What a user says: words, attachments, and a block we do not read."""
    mark = st.sampled_from(MARKS)
    said = st.builds(lambda text, facts: TextPart(text, ours(facts)), words, mark)
    held = st.builds(
        lambda attached, facts: AttachmentPart(attached[0], ours(attached[1] | facts)),
        st.sampled_from(ATTACHED),
        mark,
    )
    found = st.just(ReasoningPart("", provider_metadata=ours(FOUND)))
    return Message("user", tuple(draw(st.lists(said | held | found, min_size=1))))


@st.composite
def results(draw: st.DrawFn, called: list[ToolCallPart]) -> Message:
    """What our tools gave back: words, attachments, blocks, or that they failed."""
    parts: list[Part] = []
    for call in called:
        facts = dict(draw(st.sampled_from(MARKS)))
        output = draw(st.just("") | words)
        held: tuple[Attachment, ...] = ()
        kind = draw(st.sampled_from(["words", "attachments", "blocks"]))
        if kind == "attachments":
            held = (Attachment("image/png", content=draw(blob)),)
        elif kind == "blocks":
            reference = {"type": "tool_reference", "tool_name": "f"}
            facts["content"] = [{"type": "text", "text": output}, reference]
        failed = draw(st.booleans())
        facts |= {} if failed else draw(st.sampled_from([{}, {"is_error": False}]))
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
    """A conversation, with a word of the system before it or in it."""
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
        said += [Message("system", (TextPart("s"),))] if draw(st.booleans()) else []
    return said


tools = st.one_of(
    st.builds(
        Tool,
        name,
        st.none() | words,
        st.just(SCHEMA) | st.just({}),
        provider_metadata=st.sampled_from(
            [None, ours({"strict": True}), ours({"type": "custom"} | MARKS[2])]
        ),
    ),
    st.just(ServerSideTool({"type": "web_search_20260209", "name": "web_search"})),
)

OPTIONS: JsonObject = {
    "max_tokens": 64,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": True},
    "output_config": {"effort": "low"},
    "cache_control": {"type": "ephemeral"},
    "context_management": {"edits": []},
    "mcp_servers": [{"type": "url", "url": "https://e.org", "name": "m"}],
    "service_tier": "auto",
    "stop_sequences": ["."],
}
"""Fields of a request beside what is said and with what."""


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """Requests with everything the API's reference has a word for."""
    wanted = draw(st.sets(st.sampled_from(sorted(OPTIONS)), max_size=4))
    return Turn(
        draw(st.sampled_from(["claude-sonnet-5", "us.anthropic.claude-5-v1:0"])),
        tuple(draw(messages())),
        tuple(draw(st.lists(tools, max_size=3))),
        draw(st.booleans()),
        draw(st.none() | st.just(SCHEMA)),
        {word: OPTIONS[word] for word in OPTIONS if word in wanted},
    )
