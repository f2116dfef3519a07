"""Aimock: a file of its fixtures, made a suite that every provider can be tried on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from harness.cassette._flaw import Flaw
from harness.cassette.foreign import fixtures as files
from harness.cassette.foreign.fixtures import Fixture
from harness.cassette.foreign.stories import Story, results, told
from harness.cassette.sheet import jsontext, words
from harness.errors import CassetteError, Problem


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite, written, and what is not in it, with why.

    ``listed`` fixtures are in the file, ``taken`` of them are in the ``cases``.
    """

    text: bytes
    listed: int
    taken: int
    cases: int
    remarks: tuple[Problem, ...]


def suite(data: bytes, path: str, name: str, provider: str | None = None) -> Suite:
    """The suite in which each fixture is said by the provider, and asked for.

    Args:
        data: the file's bytes.
        path: what messages and comments call the file.
        name: of the suite.
        provider: who says it; all that can, unless given.

    Raises:
        CassetteError: where it is no such file, or nothing in it can be asked.
    """
    shelf = files.read(data, path)
    stories, unreached = told(shelf.fixtures)
    tools, contested = _tools(stories)
    flaws = (*shelf.remarks, *unreached, *contested)
    remarks = tuple(words.problem(flaw, shelf.text, path) for flaw in flaws)
    if not stories:
        nothing = Flaw(("fixtures",), "H514", "nothing in it is what a suite can ask")
        raise CassetteError(*remarks, words.problem(nothing, shelf.text, path))
    head: dict[str, Any] = {
        "harness": 1,
        "suite": name,
        "defaults": {"provider": provider}
        if provider
        else {"matrix": {"provider": "all"}},
    }
    if tools:
        head["tools"] = tools
    source = path.replace("\\", "/").rpartition("/")[2]
    text = "".join(_written(head, stories, shelf.text, source))
    taken = {fixture.number for story in stories for fixture in story.fixtures}
    return Suite(text.encode(), shelf.listed, len(taken), len(stories), remarks)


def _written(
    head: dict[str, Any], stories: list[Story], text: str, source: str
) -> Iterator[str]:
    yield f"# From aimock's {source}: each fixture a turn, asked by its userMessage.\n"
    yield f"{_yaml(head)}cases:"
    for story, identifier in zip(stories, _ids(stories), strict=True):
        yield f"\n{_comment(story, text, source)}"
        yield _indented(_yaml([_case(story, identifier)]))


def _case(story: Story, identifier: str) -> dict[str, Any]:
    first = story.fixtures[0].match
    case: dict[str, Any] = {"id": identifier}
    requires = [*_requires(story)]
    if requires:
        case["requires"] = requires
    if first.get("model") is not None:
        case["model"] = first["model"]
    names = [*dict.fromkeys(_named(story))]
    if names:
        case["tools"] = names
    system = _system(first.get("systemMessage"))
    turns = [
        {**step, **(system if n == 0 else {}), "says": f.says, **_broken(f)}
        for n, (step, f) in enumerate(zip(story.steps, story.fixtures, strict=True))
    ]
    breaks = [n for n, f in enumerate(story.fixtures, 1) if f.breaks]
    if breaks:
        case["inject"] = {"request": breaks[0], "fault": "disconnect"}
    return case | (turns[0] if len(turns) == 1 else {"turns": turns})


def _broken(fixture: Fixture) -> dict[str, Any]:
    """What holds after an answer that breaks off: whatever came, and an error."""
    if not fixture.breaks:
        return {}
    anything = {"$any": True}
    return {"expect": {"error": anything, "done": False, "parts": anything}}


def _system(wanted: Any) -> dict[str, str]:
    """What the system prompt must have in it: text, or several."""
    texts = [wanted] if isinstance(wanted, str) else wanted or []
    return {"system": "\n".join(map(str, texts))} if texts else {}


def _requires(story: Story) -> Iterator[str]:
    if any(fixture.breaks for fixture in story.fixtures):
        yield "streaming"
    parts = [part for f in story.fixtures for part in f.says.get("parts", ())]
    if any(part["type"] == "tool_call" for part in parts):
        yield "tools"
    if any(len(fixture.calls) > 1 for fixture in story.fixtures):
        yield "parallel_tool_calls"
    if any(part["type"] == "reasoning" for part in parts):
        yield "reasoning"
    if any("prompt" in step.get("reply", {}) for step in story.steps):
        yield "conversation"


def _named(story: Story) -> Iterator[str]:
    for fixture in story.fixtures:
        if fixture.match.get("toolName") is not None:
            yield fixture.match["toolName"]
        yield from (call["name"] for call in fixture.calls)


def _tools(stories: Iterable[Story]) -> tuple[dict[str, Any], list[Flaw]]:
    """Every tool that is named, its schema as its arguments are; what is contested."""
    stories = [*stories]
    tools: dict[str, Any] = {}
    for story in stories:
        for name in _named(story):
            empty = {"type": "object", "properties": {}}
            tools.setdefault(name, {"input_schema": empty})
        for call in (call for fixture in story.fixtures for call in fixture.calls):
            known = tools[call["name"]]["input_schema"]["properties"]
            for key, value in call["arguments"].items():
                known.setdefault(key, {"type": TYPES.get(type(value), "string")})
    flaws = []
    for name, wanted, fixture in results(stories):
        if tools[name].setdefault("output", wanted) != wanted:
            message = f"{name!r} gives {tools[name]['output']!r} in all of the suite"
            way = ("fixtures", fixture.number, "match", "toolResultContains")
            flaws.append(Flaw(way, "H514", message))
    return tools, flaws


def _ids(stories: Iterable[Story]) -> list[str]:
    """A name for each, from what is asked; no name twice."""
    taken: set[str] = set()
    ids = []
    for story in stories:
        words_of_it = NO_WORD.sub("-", (story.steps[0]["prompt"]).lower())
        slug = words_of_it[:40].strip("-") or f"fixture-{story.fixtures[0].number + 1}"
        name, number = slug, 1
        while name in taken:
            number += 1
            name = f"{slug}-{number}"
        taken.add(name)
        ids.append(name)
    return ids


def _comment(story: Story, text: str, source: str) -> str:
    """Where the case comes from, and what only the fixtures could say."""
    lines = [_line(fixture, text) for fixture in story.fixtures]
    noun = "line" if len(lines) == 1 else "lines"
    said = [f"{source}, {noun} {', '.join(map(str, lines))}"]
    match = story.fixtures[0].match
    if match.get("userMessage") is None:
        said.append("whatever is asked")
    if match.get("sequenceIndex"):
        said.append(f"answer number {match['sequenceIndex'] + 1} to the same prompt")
    return f"  # {'; '.join(said)}\n"


def _line(fixture: Fixture, text: str) -> int:
    index = jsontext.index(text, ("fixtures", fixture.number))
    return text.count("\n", 0, index) + 1


def _yaml(value: Any) -> str:
    written: str = yaml.dump(
        value,
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=None,
        sort_keys=False,
        width=88,
    )
    return written


def _indented(text: str) -> str:
    return "".join(
        f"  {line}" if line.strip() else line for line in text.splitlines(True)
    )


class _Dumper(yaml.SafeDumper):
    """Lists inside mappings stand two to the right, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        """One level in."""
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Equal values are written out, each in its own place."""
        return True


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if LOST.search(text):
        style = '"'
    elif "\n" in text:
        style = "|"
    elif DOUBTFUL.match(text):  # YAML 1.1, which PyYAML knows, and 1.2 differ in these
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _write_text)

NO_WORD = re.compile(r"[\W_]+")
LOST = re.compile(r"[\x85\u2028\u2029\r\t]|(?:\A|\n)\n\Z")
"""What a block could not hold, or what would run on into the lines below it."""
DOUBTFUL = re.compile(r"[-+.~0-9]|(?i:null|true|false)\Z")

TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}
"""What JSON Schema calls the type of a value; text unless it is one of these."""
