"""What Gemini's wire alone can say: signatures on any part, code it ran, media."""

from __future__ import annotations

from itertools import chain

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
from harness.wire.jsonbody import text

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
name = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
ids = st.none() | st.from_regex(r"[a-z0-9]{8}", fullmatch=True)
values = words | st.none() | st.integers(-9, 9) | st.booleans()
objects: st.SearchStrategy[JsonObject] = st.dictionaries(
    st.sampled_from(["a_b", "c d", "e"]), values | st.lists(values, max_size=2)
)
cut_off = st.builds(lambda whole: {"_raw": text(whole).removesuffix("}")}, objects)

Beside = st.SearchStrategy[JsonObject | None]
"""What a part says beside what it holds."""


def ours(data: JsonObject) -> JsonObject | None:
    return {"gemini": data} if data else None


signature = st.sampled_from(["c2ln", "Eq0E+/8=", "-_-_"])
signed: Beside = signature.map(lambda said: ours({"thoughtSignature": said}))
marked: Beside = signed | st.sampled_from(
    [
        ours({"partMetadata": {"a_b": None}}),
        ours({"thoughtSignature": "c2ln", "videoMetadata": {"fps": 2}}),
    ]
)
beside: Beside = st.none() | marked

pictures = st.builds(
    Attachment,
    type=st.sampled_from(
        ["image/png", "audio/L16;rate=24000", "application/pdf", None]
    ),
    content=st.binary(max_size=9),
)
places = st.builds(
    Attachment,
    type=st.sampled_from(["video/mp4", None]),
    url=st.sampled_from(["gs://b/a_b.mp4", "https://youtu.be/a"]),
)


@st.composite
def media(draw: st.DrawFn) -> AttachmentPart:
    """Bytes or a place, with what says how to look at it."""
    shown = draw(pictures | places)
    field = "fileData" if shown.url else "inlineData"
    more = [
        {},
        {"thought": True, "thoughtSignature": "c2ln"},
        {field: {"displayName": "a_b.png"}},
        {"videoMetadata": {"startOffset": "1s"}},
        {"mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"}},
    ]
    return AttachmentPart(shown, ours(draw(st.sampled_from(more))))


@st.composite
def results(draw: st.DrawFn, *, ran: bool) -> ToolResultPart:
    """What a tool gave back: words under some key, or an object of any shape."""
    output = draw(words)
    how: JsonObject = draw(
        st.sampled_from([{}, {"under": "result"}, {"whole": True}, {"error": True}])
    )
    failed = output if how.pop("error", False) else None
    if "whole" in how:
        whole = st.sampled_from([{}, {"a": 1}, {"a_b": "c", "d": None}, {"e": ["f"]}])
        output = draw(whole.map(text) | st.just(""))
    shown = draw(st.lists(pictures | places, max_size=0 if ran else 2))
    if draw(st.booleans()) and shown:
        how["parts"] = [{"videoMetadata": {"fps": 1}}, {}][: len(shown)]
    elif not ran and draw(st.booleans()):
        how["functionResponse"] = {"willContinue": True, "scheduling": "SILENT"}
    return ToolResultPart(
        draw(name), output, draw(ids), ran, tuple(shown), failed, ours(how)
    )


@st.composite
def code(draw: st.DrawFn) -> list[Part]:
    """Code that the model wrote, and what came of it."""
    written: JsonObject = {"language": "PYTHON", "code": draw(words)}
    failed = draw(st.sampled_from([None, "OUTCOME_FAILED"]))
    output = draw(words | st.just(""))
    return [
        ToolCallPart("code_execution", written, draw(ids), True, draw(beside)),
        ToolResultPart(
            "code_execution", output, draw(ids), True, (), failed, draw(beside)
        ),
    ]


called = st.builds(
    ToolCallPart,
    name,
    objects | cut_off,
    ids,
    st.just(False),
    beside
    | st.just(ours({"thoughtSignature": "c2ln", "functionCall": {"futureField": 1}})),
)
searched = st.tuples(
    st.builds(
        ToolCallPart,
        st.just("GOOGLE_SEARCH_WEB"),
        objects,
        ids,
        st.just(True),
        signed,
    ),
    results(ran=True),
).map(list)
spoken: st.SearchStrategy[list[Part]] = st.one_of(
    st.builds(TextPart, words).map(lambda part: [part]),
    st.builds(TextPart, words | st.just(""), marked).map(lambda part: [part]),
    st.builds(ReasoningPart, words).map(lambda part: [part]),
    st.builds(ReasoningPart, words | st.just(""), st.just(False), marked).map(
        lambda part: [part]
    ),
    called.map(lambda part: [part]),
    media().map(lambda part: [part]),
    searched,
    code(),
)


def _apart(parts: list[Part]) -> tuple[Part, ...]:
    """Without words that would run on in those before them."""
    kept: list[Part] = []
    for part in parts:
        bare = part.type in ("text", "reasoning") and not part.provider_metadata
        last = kept[-1] if kept else None
        if not (
            bare and last and (last.type, last.provider_metadata) == (part.type, None)
        ):
            kept.append(part)
    return tuple(kept)


def answers() -> st.SearchStrategy[Message]:
    """Parts of every kind in any order."""
    several = st.lists(spoken, max_size=5).map(lambda found: [*chain(*found)])
    return several.map(lambda parts: Message("assistant", _apart(parts)))


@st.composite
def asked(draw: st.DrawFn) -> list[Message]:
    """What a user says, and tools: in contents of their own, or in one."""
    unknown = st.just(AttachmentPart(None, ours({"futurePart": {"a": 1}})))
    said = st.one_of(st.builds(TextPart, words, beside), media(), unknown)
    role = ours(draw(st.sampled_from([{}, {"role": "function"}])))
    user = Message("user", tuple(draw(st.lists(said, min_size=1, max_size=3))), role)
    if draw(st.booleans()):
        return [user]
    gave = tuple(draw(st.lists(results(ran=False), min_size=1, max_size=2)))
    if draw(st.booleans()):
        return [user, Message("tool", gave, ours({"joined": True}))]
    return [Message("tool", gave), user]


tools = st.builds(
    Tool,
    name,
    st.none() | words | st.just(""),
    st.just({"type": "object", "properties": {"a_b": {"type": "string"}}}),
    provider_metadata=st.sampled_from(
        [
            None,
            ours({"under": "parameters"}),
            ours({"behavior": "BLOCKING", "response": {"type": "STRING"}}),
        ]
    ),
)
of_theirs = st.sampled_from(
    [
        ServerSideTool({"googleSearch": {}}),
        ServerSideTool({"fileSearch": {"fileSearchStoreNames": ["a_b"]}}),
        ServerSideTool({"urlContext": {}, "codeExecution": {}}),
    ]
)
OPTIONS: list[JsonObject] = [
    {},
    {"generationConfig": {"thinkingConfig": {"includeThoughts": True}}},
    {"generationConfig": {"maxOutputTokens": 9, "stopSequences": ["a_b"]}},
    {"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}},
    {"safetySettings": [{"category": "HARM_CATEGORY_HATE_SPEECH"}]},
    {"cachedContent": "cachedContents/a", "labels": {"a_b": "c"}},
]
MODELS = ["gemini-3.5-flash", "tunedModels/a-1", "endpoints/7", "a b%2F:c"]
SHAPES: list[JsonObject] = [
    {},
    {"under": "responseSchema"},
    {"bare": True},
    {"under": "responseSchema", "bare": True},
]


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """Requests with everything the API's reference has a word for."""
    said: list[Message] = []
    if draw(st.booleans()):
        role = ours(draw(st.sampled_from([{}, {"role": "user"}])))
        said.append(Message("system", (TextPart(draw(words)),), role))
    said += draw(asked())
    for _ in range(draw(st.integers(0, 2))):
        said += [draw(answers()), *draw(asked())]
    schema = draw(st.none() | st.just({"type": "object", "properties": {}}))
    shape = draw(st.sampled_from(SHAPES)) if schema is not None else {}
    return Turn(
        draw(st.sampled_from(MODELS)),
        tuple(said),
        tuple(draw(st.lists(tools | of_theirs, max_size=3))),
        draw(st.booleans()),
        schema,
        draw(st.sampled_from(OPTIONS)),
        ours({"schema": shape} if shape else {}),
    )
