"""``harness prompt``: ask a model, and see its answer as it comes."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import click

from harness.cli import _output as out
from harness.errors import ConnectionLost, ProviderError, UsageError, WireError
from harness.message.parts import Attachment, JsonObject
from harness.reference.model import Model
from harness.reference.registry import get_model
from harness.reference.response import Response
from harness.reference.tools.tool import Tool, Toolbox, ToolCall, ToolDef, ToolResult
from harness.run.report import Paint
from harness.shell.files import write_atomically
from harness.shell.project import find

LAST = Path(".harness/last-response.json")
"""Where the last answer is kept for ``-c``, under the project's root."""

LONGEST_RESULT = 400
"""Characters of a tool's result that are shown."""


@click.command("prompt")
@click.argument("text", required=False)
@click.option("-m", "--model", metavar="NAME", help="Who is asked: PROVIDER/MODEL.")
@click.option("-s", "--system", help="The system prompt.")
@click.option(
    "-a",
    "--attachment",
    "attachments",
    multiple=True,
    metavar="PATH|URL|-",
    help="What is shown beside the text; - is standard input.",
)
@click.option(
    "-o",
    "--option",
    "options",
    nargs=2,
    multiple=True,
    metavar="KEY VALUE",
    help="A request field under the wire's own name; VALUE is JSON, or else text.",
)
@click.option(
    "-T",
    "--tools",
    "tool_files",
    multiple=True,
    metavar="FILE",
    help="A Python file: the model may call its functions.",
)
@click.option("--schema", metavar="JSON|FILE", help="JSON Schema of the answer.")
@click.option(
    "-R", "--hide-reasoning", "--no-reasoning", is_flag=True, help="Show no reasoning."
)
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON lines.")
@click.option("--no-stream", is_flag=True, help="Ask for the answer in one piece.")
@click.option(
    "-c", "--continue", "goes_on", is_flag=True, help="Go on from the last answer."
)
@click.option("--base-url", metavar="URL", help="Where the model is served.")
@click.option("--key", help="API key; unless given, the one in the environment.")
@click.option("--timeout", type=float, metavar="SECONDS", help="For the next bytes.")
@click.option("--retries", type=click.IntRange(0), help="Further tries; none unless.")
@out.color_option
def command(color: str, as_json: bool, hide_reasoning: bool, **given: Any) -> None:
    """Ask a model TEXT. Standard input, if there is any, comes before it.

    The answer goes to standard output; reasoning and tool calls go to standard
    error, dimmed, so that a pipe gets the answer alone.
    """
    shown = _Shown(as_json, hide_reasoning, out.painter(color, sys.stderr))
    last = find(Path.cwd()).root / LAST
    before = _last(last) if given["goes_on"] else {}
    model, served = _model(given, before)
    try:
        for response in _asked(model, given, before, shown):
            with response:
                shown.answer(response)
    except (ProviderError, ConnectionLost, WireError) as error:
        click.echo(f"harness: {type(error).__name__}: {error}", err=True)
        out.exit_with(out.FAILED)
    _keep(last, {**served, "response": response.to_dict()})


def _model(given: JsonObject, before: JsonObject) -> tuple[Model, JsonObject]:
    """Who is asked, and what ``-c`` needs to know to ask the same one again."""
    name = given["model"] or before.get("model")
    if not name:
        raise UsageError(
            "who is asked? say -m PROVIDER/MODEL; harness models lists them"
        )
    base_url = given["base_url"]
    if not given["model"]:
        base_url = base_url or before.get("base_url")
    how = {
        "base_url": base_url,
        "key": given["key"],
        "timeout": given["timeout"],
        "retries": given["retries"],
    }
    how = {argument: value for argument, value in how.items() if value is not None}
    served = {"model": name} | ({"base_url": base_url} if base_url else {})
    return get_model(name, **how), served


def _asked(
    model: Model, given: JsonObject, before: JsonObject, shown: _Shown
) -> Iterator[Response]:
    """The answers: one, or as many as the tools that are called lead to."""
    text, asking = _text(given), _asking(given)
    asking["hide_reasoning"] = shown.hide_reasoning
    stream = not given["no_stream"]
    if before:
        last = Response.from_dict(before["response"], model=model)
        last.before_call, last.after_call = shown.call, shown.result
        response = last.reply(text, stream=stream, **asking)
    elif text or "attachments" in asking:
        response = model.prompt(text, stream=stream, **asking)
        response.before_call, response.after_call = shown.call, shown.result
    else:
        raise UsageError("what is asked? give a TEXT, or pipe one in")
    yield response
    while response.tool_calls() and given["tool_files"]:
        response = response.reply()
        yield response


def _asking(given: JsonObject) -> JsonObject:
    """What is given beside the text; what is not is left to be as before."""
    asking: JsonObject = {}
    if given["system"]:
        asking["system"] = given["system"]
    if given["attachments"]:
        asking["attachments"] = [*map(_attachment, given["attachments"])]
    if given["options"]:
        asking["options"] = {key: _value(text) for key, text in given["options"]}
    if given["schema"]:
        asking["schema"] = _schema(given["schema"])
    if given["tool_files"]:
        asking["tools"] = [t for name in given["tool_files"] for t in _tools(name)]
    return asking


def _text(given: JsonObject) -> str:
    """Standard input, unless it is a terminal or an attachment, and then the words."""
    piped = ""
    if "-" not in given["attachments"] and not sys.stdin.isatty():
        piped = sys.stdin.read().strip()
    return "\n".join(filter(None, [piped, given["text"]]))


def _attachment(name: str) -> Attachment:
    if name == "-":
        return Attachment(content=sys.stdin.buffer.read())
    if "://" in name:
        return Attachment(url=name)
    if not Path(name).is_file():
        raise UsageError(f"attachment {name}: there is no such file")
    return Attachment(path=name)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _schema(given: str) -> JsonObject:
    text = given
    if not given.lstrip().startswith("{"):
        try:
            text = Path(given).read_text("utf-8")
        except (OSError, ValueError) as error:
            raise UsageError(f"--schema {given}: {error}") from error
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise UsageError(f"--schema: not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise UsageError(f"--schema: wants a JSON object, not {text.strip():.40}")
    return schema


def _tools(name: str) -> list[ToolDef]:
    """The functions, tools and toolboxes that a Python file defines."""
    try:
        made = runpy.run_path(name, run_name="tools")
    except Exception as error:  # somebody else's file may raise anything
        raise UsageError(f"--tools {name}: {type(error).__name__}: {error}") from error
    tools = [
        value
        for key, value in made.items()
        if not key.startswith("_") and _is_tool(value)
    ]
    if not tools:
        raise UsageError(f"--tools {name}: it defines no functions, tools or toolboxes")
    return tools


def _is_tool(value: Any) -> bool:
    own = isinstance(value, FunctionType) and value.__module__ == "tools"
    return own or isinstance(value, Tool | Toolbox)


# ----------------------------------------------------------------- what is shown


class _Shown:
    """An answer on two streams: what was asked for, and what else there is to see."""

    def __init__(self, as_json: bool, hide_reasoning: bool, paint: Paint) -> None:
        self.as_json = as_json
        self.hide_reasoning = hide_reasoning
        self.paint = paint
        self._beside = ""

    def answer(self, response: Response) -> None:
        """Print an answer as it comes."""
        last = ""
        for event in response.stream_events():
            if self.as_json:
                _line(event.to_dict())
            elif event.type == "text":
                self._end_aside()
                click.echo(event.chunk, nl=False)
                last = event.chunk or last
            elif event.type == "reasoning" and not self.hide_reasoning:
                self._aside(event.chunk)
            elif event.type == "attachment":
                for attachment in event.attachments:
                    self._aside(f"[{attachment.type or 'attachment'}]\n")
        if self.as_json:
            _line({"type": "usage", **response.usage().to_dict()})
            _line({"type": "finish", "reason": response.finish_reason()})
        self._end_aside()
        if last and not last.endswith("\n"):
            click.echo()

    def call(self, tool: object, call: ToolCall) -> None:
        """Print a call that is about to be run."""
        if not self.as_json:
            self._aside(f"{call.name}({json.dumps(call.arguments)})\n")

    def result(self, tool: object, call: ToolCall, result: ToolResult) -> None:
        """Print what a call came to."""
        if self.as_json:
            _line(result.part().to_dict())
        else:
            self._aside(f"  {result.output:.{LONGEST_RESULT}}\n")

    def _aside(self, text: str) -> None:
        click.echo(self.paint(text, "bright_black"), nl=False, err=True, color=True)
        self._beside = text or self._beside

    def _end_aside(self) -> None:
        if self._beside and not self._beside.endswith("\n"):
            click.echo(err=True)
        self._beside = ""


def _line(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False))


# ------------------------------------------------------------------- for the next time


def _last(path: Path) -> JsonObject:
    """What was kept of the last answer."""
    try:
        kept: JsonObject = json.loads(path.read_bytes())
    except FileNotFoundError:
        message = "there is no last answer here to go on from: ask without -c first"
        raise UsageError(message) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{LAST}: cannot be read: {error}") from error
    return kept


def _keep(path: Path, data: JsonObject) -> None:
    """Keep an answer, out of the way of version control."""
    write_atomically(path, json.dumps(data, ensure_ascii=False).encode())
    ignore = path.parent / ".gitignore"
    if not ignore.exists():
        write_atomically(ignore, b"*\n")
