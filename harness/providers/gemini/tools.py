"""Tools as Gemini is told of them: functions of ours, and tools of its own.

https://ai.google.dev/api/caching#Tool. Functions that stand together are declared
together, each tool of theirs alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from harness.message.parts import JsonObject
from harness.message.turn import ServerSideTool, Tool
from harness.providers.gemini.spelling import listed, ours, said_of

FUNCTIONS = "functionDeclarations"

SCHEMAS = ("parametersJsonSchema", "parameters")
"""Where a function's arguments are described: as JSON Schema, or as what OpenAPI has of
it. The second is marked, so that it goes back where it came from."""


def declare(tools: Iterable[Tool | ServerSideTool]) -> Iterator[JsonObject]:
    """Tools as the request has them."""
    for ours_to_run, together in groupby(tools, lambda tool: isinstance(tool, Tool)):
        if ours_to_run:
            yield {FUNCTIONS: [_function(t) for t in together if isinstance(t, Tool)]}
        else:
            yield from (t.spec for t in together if isinstance(t, ServerSideTool))


def declared(said: JsonObject) -> Iterator[Tool | ServerSideTool]:
    """The mirror image: the functions in one of a request's tools, and the rest."""
    functions = listed(said.get(FUNCTIONS, []))
    yield from map(_declared, functions)
    rest = {k: v for k, v in said.items() if k != FUNCTIONS} if functions else said
    if rest or not functions:
        yield ServerSideTool(rest)


def _function(tool: Tool) -> JsonObject:
    facts = said_of(tool)
    under = facts.pop("under", None)
    said: JsonObject = {"name": tool.name}
    if tool.description is not None:
        said["description"] = tool.description
    if tool.input_schema or under:
        said[under or SCHEMAS[0]] = tool.input_schema
    return said | facts


def _declared(said: JsonObject) -> Tool:
    facts = dict(said)
    name, description = facts.pop("name", ""), facts.pop("description", None)
    under = next((word for word in SCHEMAS if word in facts), SCHEMAS[0])
    schema = facts.pop(under, None)
    if under != SCHEMAS[0] or schema == {}:
        facts["under"] = under
    return Tool(name, description, schema or {}, provider_metadata=ours(facts))
