"""Generated: scripts of what models may say, for both twins."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import llm
from hypothesis import strategies as st

from harness.message.events import StreamEvent, Usage
from harness.message.parts import Attachment, JsonObject, ToolCallPart
from harness.reference.tools.tool import Tool, ToolOutput
from tests.reference.llm_twin import Happening, Round, Script, event


@dataclass(frozen=True)
class Case:
    """A script, and how the models that play it are asked.

    ``system`` is said at first, ``later`` with the second turn.
    """

    script: Script
    system: str | None = None
    later: str | None = None
    schema: JsonObject | None = None
    limit: int | None = None
    temperature: float | None = None


# ------------------------------------------------------------------------- tools


def add(a: int, b: int = 1) -> int:
    return a + b


def shout(words: str) -> str:
    return words.upper()


def fail(message: str = "no") -> str:
    raise ValueError(message)


def structure() -> Any:
    return {"list": [1, None], "é": "x"}


async def later(words: str) -> str:
    return words[::-1]


def their_picture() -> Any:
    picture = llm.Attachment(type="image/png", content=b"x")
    return llm.ToolOutput("here", [picture])


def our_picture() -> Any:
    return ToolOutput("here", [Attachment(type="image/png", content=b"x")])


their_picture.__name__ = our_picture.__name__ = "picture"
SHARED: list[Callable[..., Any]] = [add, shout, fail, structure, later]
_their_tool: Any = llm.Tool.function
THEIR_TOOLS = [_their_tool(each) for each in (*SHARED, their_picture)]
OUR_TOOLS = [Tool.function(each) for each in (*SHARED, our_picture)]

# ------------------------------------------------------------------------ pieces

words = st.sampled_from(["a", "b ", " c", "word", "é\n", "", " "])
metadata = st.sampled_from(
    [None] * 8 + [{}, {"p": {"a": 1}}, {"p": {"b": 2}}, {"p": {"a": 3}}, {"q": [1]}]
)
message_indexes = st.sampled_from([0] * 14 + [1, 2])
ids = st.integers(1, 40).map(lambda number: f"c{number}")
arguments = st.one_of(
    st.tuples(st.just("add"), st.fixed_dictionaries({"a": st.integers(0, 9)})),
    st.tuples(st.just("shout"), st.fixed_dictionaries({"words": words})),
    st.tuples(st.just("later"), st.fixed_dictionaries({"words": words})),
    st.tuples(st.just("fail"), st.just({})),
    st.tuples(st.just("structure"), st.just({})),
    st.tuples(st.just("absent"), st.just({"x": [1]})),
    st.tuples(st.just("add"), st.just({"wrong": 1})),
)


def placed(first: int) -> st.SearchStrategy[int | None]:
    """An index, nearly always left to be worked out; each family has its own.

    They are far apart: what is left to be worked out does not come to be one of them.
    """
    return st.sampled_from([None] * 12 + [first, first + 50])


texts: st.SearchStrategy[list[Happening]] = st.lists(
    words
    | st.builds(
        event,
        st.just("text"),
        words,
        part_index=placed(10),
        provider_metadata=metadata,
        message_index=message_indexes,
    ),
    min_size=1,
    max_size=3,
).map(list)

thoughts: st.SearchStrategy[list[Happening]] = st.lists(
    st.builds(
        event,
        st.just("reasoning"),
        words,
        part_index=placed(110),
        provider_metadata=metadata,
        message_index=message_indexes,
    ),
    min_size=1,
    max_size=2,
).map(list)

unseen: st.SearchStrategy[Happening] = st.builds(
    event,
    st.just("reasoning"),
    st.sampled_from(["", "", "seen"]),
    redacted=st.just(True),
    provider_metadata=metadata,
)

hidden: st.SearchStrategy[list[Happening]] = st.lists(unseen, min_size=1, max_size=1)

half_hidden: st.SearchStrategy[list[Happening]] = st.tuples(
    thoughts, unseen, thoughts
).map(lambda run: [*run[0], run[1], *run[2]])


@st.composite
def calls(draw: st.DrawFn) -> list[Happening]:
    """A call that is streamed and added, in pieces, with an id."""
    (name, given), id_ = draw(arguments), draw(ids)
    cut = draw(st.integers(0, 3))
    text = json.dumps(given)
    streamed: list[Happening] = [
        event("tool_call_name", name, tool_call_id=id_),
        event("tool_call_args", text[:cut], tool_call_id=id_),
        event("tool_call_args", text[cut:], tool_call_id=id_),
    ]
    if draw(st.integers(0, 5)) == 0:
        streamed = [streamed[1], streamed[0], streamed[2]]
    return [*streamed, ToolCallPart(name, given, id_)]


@st.composite
def nameless_calls(draw: st.DrawFn) -> list[Happening]:
    """A call without an id, streamed, added, or both."""
    name, given = draw(arguments)
    streamed: list[Happening] = [
        event("tool_call_name", name),
        event("tool_call_args", json.dumps(given)),
    ]
    call = ToolCallPart(name, given)
    both = [*streamed, call]
    return draw(st.sampled_from([both, both, streamed, streamed[1:], [call]]))


no_object = st.sampled_from(
    [("[1, 2]", [1, 2]), ("null", None), ("3", 3), ('{"a"', {"_raw": '{"a"'})]
)


@st.composite
def unfit_calls(draw: st.DrawFn) -> list[Happening]:
    """A call whose arguments are no object."""
    (name, _), id_, (text, parsed) = draw(arguments), draw(ids), draw(no_object)
    streamed: list[Happening] = [
        event("tool_call_name", name, tool_call_id=id_),
        event("tool_call_args", text, tool_call_id=id_),
    ]
    return [*streamed, ToolCallPart(name, parsed, id_)]


@st.composite
def calls_by_halves(draw: st.DrawFn) -> list[Happening]:
    """A call that is streamed or added alone, or whose halves do not know each other."""
    (name, given), id_ = draw(arguments), draw(ids)
    says: Happening = event("tool_call_name", name, tool_call_id=id_)
    with_id, without = (
        event("tool_call_args", json.dumps(given), tool_call_id=its)
        for its in (id_, None)
    )
    halves: list[list[Happening]] = [
        [says, with_id],
        [says, without],
        [event("tool_call_name", name), with_id],
        [ToolCallPart(name, given, id_)],
    ]
    return draw(st.sampled_from(halves))


pictures: st.SearchStrategy[list[Happening]] = ids.map(
    lambda id_: [
        event("tool_call_name", "picture", tool_call_id=id_),
        ToolCallPart("picture", {}, id_),
    ]
)

theirs_to_run: st.SearchStrategy[list[Happening]] = st.builds(
    lambda id_, output: [
        event("tool_call_name", "search", tool_call_id=id_, server_executed=True),
        event("tool_call_args", '{"q": 1}', tool_call_id=id_, server_executed=True),
        event(
            "tool_result",
            output,
            tool_call_id=id_,
            server_executed=True,
            tool_name="search",
        ),
    ],
    st.sampled_from(["s1", "s2"]),
    words,
)

unheard_of: st.SearchStrategy[list[Happening]] = words.map(
    lambda chunk: [event("citation", chunk)]
)

colliding: st.SearchStrategy[list[Happening]] = st.sampled_from(
    [[event("text", "x", part_index=210), event("reasoning", "y", part_index=210)]]
)

counts: st.SearchStrategy[list[Happening]] = st.builds(
    Usage,
    st.none() | st.integers(0, 9),
    st.none() | st.integers(0, 9),
    st.sampled_from([{}, {}, {"cached": 1}]),
).map(lambda usage: [usage])

merging: st.SearchStrategy[list[Happening]] = st.sampled_from(
    ["text", "reasoning"]
).map(
    lambda type_: [
        event(type_, "x", provider_metadata={"p": {"a": 1}}),
        event(type_, "y", provider_metadata={"p": {"b": 2}}),
    ]
)

signed: st.SearchStrategy[list[Happening]] = words.map(
    lambda thought: [
        event("reasoning", thought),
        event("text", "", provider_metadata={"p": {"signature": "s"}}),
        event("reasoning", "then"),
    ]
)

empty_first: st.SearchStrategy[list[Happening]] = words.map(
    lambda chunk: [
        event("text", "", message_index=3, provider_metadata={"p": {"signature": "s"}}),
        event("text", chunk, message_index=4),
        event("text", "x", message_index=3),
    ]
)

details: st.SearchStrategy[list[Happening]] = st.just([Usage(details={"cached": 1})])

SAID = [texts] * 5 + [thoughts] * 3 + [calls()] * 3 + [counts, theirs_to_run]
ODD = [
    hidden,
    half_hidden,
    nameless_calls(),
    unfit_calls(),
    calls_by_halves(),
    pictures,
    unheard_of,
    colliding,
    merging,
    signed,
    empty_first,
    details,
]


@st.composite
def scripts(draw: st.DrawFn, odd: st.SearchStrategy[list[Happening]]) -> Script:
    """Up to three answers; one of them has something odd in it."""
    blocks = st.sampled_from(SAID).flatmap(lambda strategy: strategy)
    rounds = draw(st.lists(st.lists(blocks, max_size=4), min_size=1, max_size=3))
    round_ = draw(st.sampled_from(rounds))
    round_.insert(draw(st.integers(0, len(round_))), draw(odd))
    return [list(chain.from_iterable(round_)) for round_ in rounds]


def cases_with(odd: st.SearchStrategy[list[Happening]]) -> st.SearchStrategy[Case]:
    """Scripts with this in them, and ways to ask."""
    return st.builds(
        Case,
        scripts(odd),
        system=st.sampled_from([None, None, "be brief"]),
        later=st.sampled_from([None] * 9 + ["be long"]),
        schema=st.sampled_from([None] * 4 + [{"type": "object"}]),
        limit=st.sampled_from([None] * 9 + [1, 2, 3]),
        temperature=st.sampled_from([None, 0.5]),
    )


nothing_odd: st.SearchStrategy[list[Happening]] = st.builds(list)
cases = cases_with(nothing_odd) | cases_with(st.one_of(ODD))
"""Every other script has something odd in it."""


def events_of(round_: Round) -> list[StreamEvent]:
    """The events among what happens in a round."""
    return [
        event("text", item) if isinstance(item, str) else item
        for item in round_
        if isinstance(item, str | StreamEvent)
    ]
