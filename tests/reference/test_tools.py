"""Tools: functions described as llm describes them, and toolboxes opened."""

from __future__ import annotations

import enum
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache, partial, wraps
from typing import Annotated, Any, Literal

import llm
import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from harness.errors import UsageError
from harness.message import turn
from harness.message.parts import Attachment, ToolCallPart, ToolResultPart
from harness.reference.tools.tool import (
    PauseChain,
    ServerSideTool,
    Tool,
    Toolbox,
    ToolCall,
    ToolResult,
    declared,
)

THEIRS: Any = llm.Tool  # llm is not typed all through


class Unit(enum.Enum):
    CELSIUS = "c"
    FAHRENHEIT = "f"


class Place(BaseModel):
    """Where."""

    title: str
    lat: float = Field(0.0, description="North is up.")
    inside: Place | None = None


class Range(TypedDict, total=False):
    low: int
    high: int


def nothing() -> None: ...
def plain(a, b): ...  # type: ignore[no-untyped-def]  # the point of the case
def typed(city: str, days: int, exact: bool, share: float) -> str: ...  # type: ignore[empty-body]
def defaults(city: str, days: int = 3, note: str | None = None) -> None: ...
def containers(a: list[str], b: dict[str, int], c: tuple[int, str]) -> None: ...
def choices(unit: Literal["c", "f"], other: Unit = Unit.CELSIUS) -> None: ...
def models(place: Place, places: list[Place]) -> None: ...
def titled(title: str, default: str, properties: dict[str, str]) -> None: ...
def keyword_only(a: int, *, b: int = 2) -> None: ...
def own_call(a: int, llm_tool_call: Any) -> None: ...
def typed_dict(span: Range) -> None: ...
def constrained(n: int = Field(3, ge=1, le=9)) -> None: ...
def made_each_time(tags: list[str] = Field(default_factory=list)) -> None: ...  # noqa: B008 pydantic reads it
def written_out(a: list[Unit], b: Place | None = None) -> None: ...
async def awaited(a: int) -> None: ...


def described(city: str, days: int = 1) -> None:
    """Look the weather up.

    For a few days.

    Args:
        city: where to look.
        days: how far.

    Returns:
        A forecast.
    """


FUNCTIONS: list[Callable[..., Any]] = [
    nothing,
    plain,
    typed,
    defaults,
    containers,
    choices,
    models,
    titled,
    keyword_only,
    own_call,
    typed_dict,
    constrained,
    made_each_time,
    written_out,
    awaited,
    described,
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_function_has_the_schema_llm_gives_it(function: Callable[..., Any]) -> None:
    tool, theirs = Tool.function(function), THEIRS.function(function)
    schema = json.loads(json.dumps(tool.input_schema))
    if function is described:
        for member in schema["properties"].values():
            del member["description"]
    assert json.dumps(schema) == json.dumps(theirs.input_schema)
    assert (tool.name, tool.implementation) == (theirs.name, function)


STYLES = {
    "google": "Say.\n\nTwice.\n\nArgs:\n    word: the word.\n",
    "rest": "Say.\n\nTwice.\n\n:param word: the word.\n:returns: it.\n",
    "numpy": "Say.\n\nTwice.\n\nParameters\n----------\nword : str\n    the word.\n",
    "epydoc": "Say.\n\nTwice.\n\n@param word: the word.\n",
}


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_a_docstring_of_any_style_describes_tool_and_parameters(text: str) -> None:
    def say(word: str) -> None: ...

    say.__doc__ = text
    tool = Tool.function(say)
    assert tool.description == "Say.\n\nTwice."
    assert tool.input_schema["properties"]["word"]["description"] == "the word."


@pytest.mark.parametrize(
    ("text", "description"),
    [
        (None, None),
        ("", None),
        ("   Indented.\n\n      More.", "Indented.\n\nMore."),
        ("Say.\n\nExample:\n    say()", "Say.\n\nExample:\n    say()"),
        ("Say it.\n\n:smile: please", "Say it.\n\n:smile: please"),
        ("Say\n:meth:`it`.\n\nArgs:\n  word: x", "Say\n:meth:`it`."),
        (":param word: only this.", None),
    ],
)
def test_a_description_is_all_of_the_docstring_before_its_sections(
    text: str | None, description: str | None
) -> None:
    def say(word: str) -> None: ...

    say.__doc__ = text
    assert Tool.function(say).description == description


def test_a_name_and_a_description_that_are_given_win() -> None:
    tool = Tool.function(described, name="weather", description="Ask me.")
    assert (tool.name, tool.description) == ("weather", "Ask me.")


def test_what_an_annotation_says_of_a_parameter_wins_over_the_docstring() -> None:
    def say(word: Annotated[str, Field(description="Mine.", max_length=3)]) -> None:
        """Say.

        Args:
            word: not mine.
        """

    member = Tool.function(say).input_schema["properties"]["word"]
    assert member == {"description": "Mine.", "maxLength": 3, "type": "string"}


def test_open_parameters_are_left_out() -> None:
    def say(word: str, *words: str, **more: int) -> None: ...

    assert list(Tool.function(say).input_schema["properties"]) == ["word"]


def test_a_parameter_may_have_a_name_that_pydantic_has_taken() -> None:
    def say(json: str, model_config: int, _private: bool, copy: int = 1) -> None: ...

    schema = Tool.function(say).input_schema
    assert list(schema["properties"]) == ["json", "model_config", "_private", "copy"]
    assert schema["required"] == ["json", "model_config", "_private"]


def test_a_default_that_looks_like_a_schema_keeps_its_title() -> None:
    def show(what: dict[str, str] = {"title": "On"}) -> None: ...  # noqa: B006 only read

    member = Tool.function(show).input_schema["properties"]["what"]
    assert member["default"] == {"title": "On"}


def test_wrapped_cached_partial_and_callable_functions_are_tools() -> None:
    @wraps(described)
    def wrapper(*given: Any, **named: Any) -> None: ...

    class Speaker:
        def __call__(self, word: str, often: int) -> None:
            """Speak."""

    tools = [
        Tool.function(wrapper),
        Tool.function(lru_cache(described)),
        Tool.function(partial(described, days=2), name="described"),
        Tool.function(Speaker(), name="speak"),
    ]
    assert [t.description for t in tools] == ["Look the weather up.\n\nFor a few days."] * 3 + ["Speak."]  # fmt: skip
    assert [list(t.input_schema["properties"]) for t in tools] == [["city", "days"]] * 3 + [["word", "often"]]  # fmt: skip


def unresolvable(place: Elsewhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821 the point
def nested(places: list[Elsewhere]) -> None: ...  # type: ignore[name-defined]  # noqa: F821 the point
def no_json(stream: Iterator[str], place: Tool.no) -> None: ...  # type: ignore[name-defined]
def object_of_ours(box: Toolbox) -> None: ...
def function_wanted(call: Callable[[], int]) -> None: ...
def by_position(word: str, /) -> None: ...


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (unresolvable, r"unresolvable .*annotation of 'place', 'Elsewhere', .*"),
        (nested, r"nested .*annotation of 'places', 'list\[Elsewhere\]', .*"),
        (no_json, r"no_json .*annotation of 'place', 'Tool.no', does not resolve"),
        (object_of_ours, r"object_of_ours cannot be a tool: .*Toolbox"),
        (function_wanted, r"function_wanted cannot be a tool: .*Callable"),
        (by_position, r"by_position cannot be a tool: 'word' is positional only"),
        (max, r"max cannot be a tool: no signature"),
    ],
)
def test_a_function_that_no_json_can_be_given_to_is_refused_by_name(
    function: Callable[..., Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        Tool.function(function)


def test_annotations_are_read_where_the_function_was_written() -> None:
    elsewhere: dict[str, Any] = {"There": int}
    exec("def find(there: 'There'): ...", elsewhere)

    @wraps(elsewhere["find"])
    def here(*given: Any) -> None: ...

    assert Tool.function(here).input_schema["properties"] == {
        "there": {"type": "integer"}
    }


def test_a_return_annotation_need_not_resolve() -> None:
    def find(word: str) -> Elsewhere: ...  # type: ignore[name-defined]  # noqa: F821 the point

    assert Tool.function(find).input_schema["required"] == ["word"]


def test_a_function_without_a_name_needs_one() -> None:
    with pytest.raises(UsageError, match=r"from a lambda function without .* name="):
        Tool.function(lambda: 1)
    with pytest.raises(UsageError, match=r"from functools.partial.* without .* name="):
        Tool.function(partial(described))
    assert Tool.function(lambda: 1, name="one").name == "one"


def test_a_schema_may_be_given_as_a_pydantic_model() -> None:
    given: Any = Place
    assert (
        Tool("a", None, given).input_schema == llm.Tool("a", None, given).input_schema
    )
    with pytest.raises(
        UsageError, match="input_schema= is a JSON Schema or a pydantic"
    ):
        Tool("a", None, "{}")  # type: ignore[arg-type]  # the point


def test_a_tool_is_also_the_declaration_that_providers_take() -> None:
    tool = Tool.function(nothing)
    assert isinstance(tool, turn.Tool)
    with pytest.raises(AttributeError):
        tool.name = "other"  # type: ignore[misc]  # frozen is the point


# ------------------------------------------------------------------------- toolboxes


class Shelf(Toolbox):
    plugin = "shelves"
    kind = "oak"

    class Inner: ...

    def __init__(self, books: list[str]) -> None:
        self.books = books
        self.listener = print

    @property
    def first(self) -> str:
        raise AssertionError("a property is not looked at")

    def find(self, title: str) -> str:
        """Find a book."""
        return title if title in self.books else "none"

    async def lend(self, title: str) -> str:
        return f"lent {title}"

    @staticmethod
    def weigh(grams: int) -> int:
        return grams

    @classmethod
    def make(cls, wood: str) -> str:
        return f"{cls.__name__} of {wood}"

    def _dust(self) -> None: ...


def test_a_toolbox_has_a_tool_for_each_public_method() -> None:
    tools = {tool.name: tool for tool in Shelf(["Emma"]).tools()}
    assert list(tools) == ["Shelf_find", "Shelf_lend", "Shelf_make", "Shelf_weigh"]
    find = tools["Shelf_find"]
    assert (find.description, find.plugin) == ("Find a book.", "shelves")
    assert find.input_schema["properties"] == {"title": {"type": "string"}}
    assert find.implementation is not None
    assert find.implementation(title="Emma") == "Emma"


def test_added_tools_belong_to_one_toolbox_and_may_be_given_it() -> None:
    def count(shelf: Shelf) -> int:
        return len(shelf.books)

    shelf, other = Shelf(["Emma"]), Shelf([])
    shelf.add_tool(count, pass_self=True)
    shelf.add_tool(nothing)
    shelf.add_tool(Tool("later"))
    assert [t.name for t in shelf.tools()][-3:] == ["count", "nothing", "later"]
    added = list(shelf.tools())[-3]
    assert added.input_schema["properties"] == {}
    assert added.implementation is not None
    assert added.implementation() == 1
    assert len(list(other.tools())) == 4
    with pytest.raises(TypeError, match="a Toolbox holds tools and functions, not 'x'"):
        shelf.add_tool("x")  # type: ignore[arg-type]  # the point


def test_a_toolbox_opens_to_the_tools_llm_finds_in_it() -> None:
    class Abacus(Toolbox):
        def say(self, word: str = "hi") -> str:
            return word

        def add(self, a: int, b: int) -> int:
            """Add."""
            return a + b

    theirs: Any = type("Abacus", (llm.Toolbox,), {"add": Abacus.add, "say": Abacus.say})
    assert [(t.name, t.description, t.input_schema) for t in Abacus().tools()] == [
        (t.name, t.description, t.input_schema) for t in theirs().tools()
    ]


# -------------------------------------------------------------------------- declared


def test_whatever_may_be_a_tool_is_declared_in_its_order() -> None:
    web = ServerSideTool({"type": "web_search"})
    bare = turn.Tool("bare", "Bare.", {"type": "object"})
    ready = Tool.function(nothing)
    tools = declared([plain, web, Shelf([]), bare, ready])
    names = [tool.name if isinstance(tool, Tool) else tool for tool in tools]
    shelf = ["Shelf_find", "Shelf_lend", "Shelf_make", "Shelf_weigh"]
    assert names == ["plain", web, *shelf, "bare", "nothing"]
    assert tools[-2] == Tool("bare", "Bare.", {"type": "object"})
    assert tools[-1] is ready
    assert declared(tools) == tools


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="two tools are named 'nothing'"):
        declared([nothing, Tool("nothing")])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("search", "no tool: 'search'"),
        (None, "no tool: None"),
        (Shelf, r"a Toolbox is given as an object: Shelf\(\)"),
    ],
)
def test_what_is_no_tool_is_refused(given: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        declared([given])


# --------------------------------------------------------------------------- results


def test_a_result_becomes_a_part_with_its_attachments_inside() -> None:
    picture = Attachment(type="image/png", content=b"x")
    failed = ToolResult("f", "Error: no", [picture], "c1", exception=ValueError("no"))
    assert failed.part() == ToolResultPart(
        "f", "Error: no", "c1", attachments=(picture,), exception="ValueError: no"
    )
    assert ToolResult("f", "ok").part() == ToolResultPart("f", "ok")


def test_a_call_and_a_pause_are_made_as_in_llm() -> None:
    assert ToolCall("f", {"a": 1}, "c1") == ToolCallPart("f", {"a": 1}, "c1")
    pause = PauseChain("wait")
    assert (str(pause), pause.tool_call, pause.tool_results) == ("wait", None, [])


def test_importing_tools_imports_nothing_heavy() -> None:
    heavy = ["asyncio", "docstring_parser", "pydantic", "threading"]
    code = f"import sys; import harness.reference.tools.execute; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert run.stdout.strip() in ("[]", "['threading']")  # coverage brings threading
