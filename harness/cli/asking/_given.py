"""Given: what stands on the command line, as what a model is asked."""

from __future__ import annotations

import json
import runpy
import sys
import traceback
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from types import FunctionType
from typing import Any

from harness.errors import UsageError
from harness.message.parts import Attachment, JsonObject
from harness.reference.tools.tool import Tool, Toolbox, ToolDef
from harness.reference.wired.ready import content_bytes, resolve_type

TOOLS = "tools"
"""The name under which a file of tools is run: what it defines is of this module."""


def text(given: JsonObject) -> str:
    """Standard input, unless it is a terminal or an attachment, then the words.

    Raises:
        UsageError: for bytes that are no text.
    """
    words = given["text"] or ""
    try:
        words.encode()
        piped = "" if "-" in given["attachments"] else _piped().decode("utf-8-sig")
    except UnicodeEncodeError:
        raise UsageError("TEXT is not UTF-8") from None
    except UnicodeDecodeError:
        message = "standard input is not UTF-8 text: show it as an attachment, -a -"
        raise UsageError(message) from None
    return "\n\n".join(said for said in (piped.strip("\r\n"), words) if said.strip())


def asking(given: JsonObject) -> JsonObject:
    """What is given beside the text; what is not is left to be as before.

    Raises:
        UsageError: for what cannot be read or used.
    """
    asked: JsonObject = {"hide_reasoning": given["hide_reasoning"]}
    if given["system"]:
        asked["system"] = given["system"]
    if given["attachments"]:
        asked["attachments"] = [*map(_attachment, given["attachments"])]
    if given["options"]:
        asked["options"] = {key: _value(said) for key, said in given["options"]}
    if given["schema"]:
        asked["schema"] = _schema(given["schema"])
    if given["tool_files"]:
        asked["tools"] = [t for name in given["tool_files"] for t in _tools(name)]
    return asked


def _piped() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():  # it is None where it was closed
        return b""
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise UsageError(f"standard input: {error.strerror}") from error


def _attachment(name: str) -> Attachment:
    """What is shown, its bytes and all: ``-c`` goes on when the file is gone."""
    if "://" in name:
        return Attachment(url=name)
    if name == "-":
        found = Attachment(content=_piped())
    elif Path(name).is_file():
        found = Attachment(path=name, content=content_bytes(Attachment(path=name)))
    else:
        raise UsageError(f"attachment {name}: there is no such file")
    if not found.content:
        raise UsageError(f"attachment {name}: it is empty")
    type_ = resolve_type(found) or _text_type(found.content)
    if type_ is None:
        message = "what it is can be told neither from its bytes nor from its name"
        raise UsageError(f"attachment {name}: {message}")
    return Attachment(type_, content=found.content)


def _text_type(content: bytes) -> str | None:
    """Plain text, if that is what these bytes can be."""
    try:
        return None if "\0" in content.decode() else "text/plain"
    except UnicodeDecodeError:
        return None


def _value(said: str) -> Any:
    """JSON, or else the text itself."""
    try:
        return json.loads(said, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return said


def _no_json(word: str) -> Any:
    """Python reads ``NaN`` and ``Infinity``, but no provider does."""
    raise ValueError(word)


def _schema(given: str) -> JsonObject:
    where, said = "--schema", given
    if not given.lstrip().startswith(("{", "[")):
        where = f"--schema {given}"
        try:
            said = Path(given).read_text("utf-8-sig")
        except OSError as error:
            raise UsageError(f"{where}: {error.strerror}") from error
        except ValueError as error:
            raise UsageError(f"{where}: {error}") from error
    try:
        schema = json.loads(said, parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where}: not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise UsageError(f"{where}: wants a JSON object, not {said.strip():.40}")
    return schema


# ------------------------------------------------------------------- a file of tools


def _tools(name: str) -> list[ToolDef]:
    """The functions, tools and toolboxes that a Python file defines.

    Raises:
        UsageError: for a file that cannot be run, or has none.
    """
    if not Path(name).is_file():
        raise UsageError(f"--tools {name}: there is no such file")
    try:
        with redirect_stdout(sys.stderr):  # standard output is for the answer
            made = runpy.run_path(name, run_name=TOOLS)
            tools = [*_defined(made)]
    except (Exception, SystemExit) as error:  # somebody else's file may raise anything
        said = f"{type(error).__name__}: {error}"
        raise UsageError(f"--tools {name}{_line(name, error)}: {said}") from error
    if not tools:
        raise UsageError(f"--tools {name}: it defines no functions, tools or toolboxes")
    return tools


def _defined(made: JsonObject) -> Iterator[ToolDef]:
    """The tools among the names of a file, each once; not what it only imports."""
    public = {id(v): v for name, v in made.items() if not name.startswith("_")}
    tools = [v for v in public.values() if isinstance(v, Tool | Toolbox)]
    yield from tools
    used = {id(tool.implementation) for tool in tools if isinstance(tool, Tool)}
    for box in tools:
        used.update(map(id, type(box).__mro__))
    for value in public.values():
        if id(value) in used or getattr(value, "__module__", None) != TOOLS:
            continue
        if isinstance(value, FunctionType):
            yield value
        elif isinstance(value, type) and issubclass(value, Toolbox):
            yield value()


def _line(name: str, error: BaseException) -> str:
    """Where in the file it happened; of a syntax error Python says so itself."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == name]
    return f":{lines[-1]}" if lines else ""
