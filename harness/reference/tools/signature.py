"""Signature: what a Python function wants to be given, as JSON Schema."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from harness.errors import UsageError
from harness.message.parts import JsonObject

if TYPE_CHECKING:  # imported where it is needed
    from docstring_parser import Docstring

OWN_CALL = "llm_tool_call"
"""A parameter of this name is given the call itself; no model hears of it."""


def parameters_schema(function: Callable[..., Any]) -> JsonObject:
    """JSON Schema of the object whose members are the function's arguments.

    A parameter without annotation is a string; ``*args`` and ``**kwargs`` are left
    out; descriptions come from the docstring, in any of the usual styles.

    Raises:
        UsageError: for a parameter that no JSON can be given to.
    """
    # pydantic takes longer to import than most programs need to start.
    from pydantic import Field, create_model
    from pydantic.errors import PydanticUserError

    said = docstring(function)[1]
    fields: dict[str, Any] = {}
    for parameter in _parameters(function):
        # Behind an alias any name will do, also one that pydantic has taken.
        hint: Any = Annotated[_hint(function, parameter), Field(alias=parameter.name)]
        given = parameter.default is not parameter.empty
        fields[f"argument{len(fields)}"] = (hint, parameter.default if given else ...)
    try:
        schema = create_model("Arguments", **fields).model_json_schema()
    except PydanticUserError as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(f"{_named(function)} cannot be a tool: {reason}") from error
    for name, member in schema["properties"].items():
        if name in said:
            member.setdefault("description", said[name])
    return _schema(schema)


def docstring(function: Callable[..., Any]) -> tuple[str | None, dict[str, str]]:
    """What the docstring says of the function, and of each of its parameters."""
    text = inspect.getdoc(_plain(function))
    if not text:
        return None, {}
    # Only a docstring needs it.
    from docstring_parser import DocstringStyle, ParseError, parse

    readings: list[Docstring] = []
    for style in (s for s in DocstringStyle if s is not DocstringStyle.AUTO):
        with suppress(ParseError):
            readings.append(parse(text, style))
    read = max(readings, key=_sections, default=None)
    if read is None or not _sections(read):
        return text, {}
    said = {p.arg_name: p.description for p in read.params if p.description}
    return (read.description or "").strip() or None, said


def _sections(read: Docstring) -> int:
    """How much of the docstring is about parameters and results.

    Not how much is about anything: a line that begins with a colon or an at sign is
    a section to some styles.
    """
    return len(read.params) + len(read.many_returns)


def model_schema(model: Any) -> JsonObject:
    """JSON Schema of a pydantic model.

    Raises:
        UsageError: for anything else.
    """
    from pydantic import BaseModel  # see above

    if isinstance(model, type) and issubclass(model, BaseModel):
        return _schema(model.model_json_schema())
    message = f"input_schema= is a JSON Schema or a pydantic model: {model!r:.60}"
    raise UsageError(message)


def wants_own_call(function: Callable[..., Any]) -> bool:
    """Whether the function has a parameter for the call itself."""
    try:
        return OWN_CALL in inspect.signature(function).parameters
    except (TypeError, ValueError):  # some builtins have no signature
        return False


def _parameters(function: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    try:
        signature = inspect.signature(function)
    except (NameError, TypeError, ValueError) as error:
        raise UsageError(f"{_named(function)} cannot be a tool: {error}") from error
    for name, parameter in signature.parameters.items():
        if name in ("self", OWN_CALL):
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            message = f"{name!r} is positional only, and a model names its arguments"
            raise UsageError(f"{_named(function)} cannot be a tool: {message}")
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            yield parameter


def _hint(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """The parameter's annotation, read where the function was written."""
    name, annotation = parameter.name, parameter.annotation
    if annotation is parameter.empty:
        return str

    def alone() -> None:
        """Carry one annotation, so that none of the others can be in the way."""

    alone.__annotations__ = {name: annotation}
    around = getattr(inspect.unwrap(_plain(function)), "__globals__", {})
    try:
        return get_type_hints(alone, around, include_extras=True)[name]
    except (NameError, AttributeError, SyntaxError, TypeError) as error:
        raise UsageError(
            f"{_named(function)} cannot be a tool: the annotation of {name!r}, "
            f"{annotation!r}, does not resolve: {error}"
        ) from error


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, behind partials, methods and callable objects."""
    while isinstance(function, partial):
        function = function.func
    if inspect.isroutine(function) or isinstance(function, type):
        return function
    plain: Callable[..., Any] = type(function).__call__
    return plain


def _named(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", repr(function)))


def _schema(schema: JsonObject) -> JsonObject:
    """The schema without its ``title`` annotations; a member of that name stays."""
    return {
        key: _BELOW.get(key, _untitled)(value)
        for key, value in schema.items()
        if key != "title"
    }


def _untitled(value: Any) -> Any:
    if isinstance(value, list):
        return [_untitled(item) for item in value]
    return _schema(value) if isinstance(value, dict) else value


def _members(schemas: JsonObject) -> JsonObject:
    return {name: _untitled(schema) for name, schema in schemas.items()}


def _data(value: Any) -> Any:
    return value


# Below these stand names of the caller's own, or data; below all others, schemas.
_BELOW: dict[str, Callable[[Any], Any]] = {
    "$defs": _members,
    "const": _data,
    "default": _data,
    "enum": _data,
    "examples": _data,
    "patternProperties": _members,
    "properties": _members,
}
