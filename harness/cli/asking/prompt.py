"""``harness prompt``: ask a model, and see its answer as it comes."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from harness.cli import _output as out
from harness.cli.asking import _given
from harness.cli.asking._log import Log
from harness.cli.asking._shown import Shown
from harness.errors import (
    ChainLimitExceeded,
    ConnectionLost,
    EventError,
    ProviderError,
    UsageError,
    WireError,
)
from harness.message.parts import JsonObject
from harness.reference.model import Model, get_model
from harness.reference.response import Response
from harness.reference.tools.tool import PauseChain
from harness.reference.wired import WiredModel
from harness.shell.files import write_atomically
from harness.shell.project import find

LAST = Path(".harness/last-response.json")
"""Where the last answer is kept for ``-c``, under the project's root."""

SECRET = re.compile("(?<=//)[^/]*@")
"""What an address may hold that is not kept."""

MOST_ANSWERS = 20
"""Answers that may call tools before somebody has to say that it may go on."""

FAILURES = (ProviderError, ConnectionLost, WireError, EventError, PauseChain)
"""What an answer may fail with; all else is a wrong use, or our own fault."""


def _seconds(ctx: click.Context, param: click.Parameter, given: Any) -> Any:
    if given is not None and not 0 < given < 1e9:  # nor is it NaN
        raise click.BadParameter("wants a number of seconds above 0")
    return given


@click.command("prompt")
@click.argument("text", required=False)
@click.option("-m", "--model", metavar="MODEL", help="Who is asked: PROVIDER/MODEL.")
@click.option("-s", "--system", metavar="TEXT", help="The system prompt.")
@click.option(
    "-a",
    "--attachment",
    "attachments",
    multiple=True,
    metavar="PATH|URL|-",
    help="Shown beside the text; - is standard input. Repeatable.",
)
@click.option(
    "-o",
    "--option",
    "options",
    nargs=2,
    multiple=True,
    metavar="KEY VALUE",
    help="A request field by the wire's own name; VALUE is JSON or text. Repeatable.",
)
@click.option(
    "-T",
    "--tools",
    "tool_files",
    multiple=True,
    metavar="FILE",
    help="A Python file whose functions the model may call. Repeatable.",
)
@click.option("--schema", metavar="JSON|FILE", help="JSON Schema the answer follows.")
@click.option(
    "-R", "--hide-reasoning", "--no-reasoning", is_flag=True, help="Show no reasoning."
)
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON lines.")
@click.option("--no-stream", is_flag=True, help="Ask for the answer in one piece.")
@click.option(
    "-c",
    "--continue",
    "goes_on",
    is_flag=True,
    help="Go on from the last answer in this project, as it was asked for.",
)
@click.option(
    "--log",
    "store",
    metavar="STORE",
    envvar="HARNESS_LOG",
    help="Keep every answer in this store, a path or postgresql://...; -c goes on "
    "from the last of them.",
)
@click.option(
    "--from", "tip", metavar="TIP", help="With --log: go on from this one instead."
)
@click.option("--base-url", metavar="URL", help="Where the model is served.")
@click.option("--key", metavar="KEY", help="API key, in place of the environment's.")
@click.option(
    "--timeout",
    type=float,
    callback=_seconds,
    metavar="SECONDS",
    help="How long to wait for the next bytes; 600 unless given.",
)
@click.option(
    "--retries",
    type=click.IntRange(0),
    metavar="NUMBER",
    help="How often to try again what may do better; 0 unless given.",
)
@out.color_option
def command(color: str, as_json: bool, **given: Any) -> None:
    """Ask a model TEXT. Standard input, if there is any, comes before it.

    The answer goes to standard output; reasoning and tool calls go to standard
    error, dimmed, so that a pipe gets the answer alone. The answer is kept in
    .harness/ for -c.
    """
    shown = Shown(as_json, given["hide_reasoning"], out.painter(color, sys.stderr))
    path = find(Path.cwd()).root / LAST
    log = Log(given["store"], given["tip"])
    kept = None
    if given["goes_on"] or given["tip"]:
        kept = log.last() if given["store"] else _last(path)
    model, served = _model(given, kept or {})
    try:
        asked = _asked(model, given, kept, shown)
        response = _answered(asked, shown, given, lambda r: log.keep(r, served, shown))
    except FAILURES as error:
        shown.failure(error)
        out.exit_with(out.FAILED)
    _keep(path, {**served, "response": response.to_dict()}, shown)
    _leave(response, shown, given)


def _model(given: JsonObject, kept: JsonObject) -> tuple[Model, JsonObject]:
    """Who is asked, and what ``-c`` needs to know to ask the same one again.

    Raises:
        UsageError: for nobody, or nobody known, or a key that is not there.
    """
    name = given["model"] or kept.get("model")
    if not name:
        message = "who is asked? say -m PROVIDER/MODEL; harness models lists them"
        raise UsageError(message)
    base_url = given["base_url"]
    if not given["model"]:
        base_url = base_url or kept.get("base_url")
    how = {"base_url": base_url, **{k: given[k] for k in ("key", "timeout", "retries")}}
    model = get_model(name, **{k: v for k, v in how.items() if v is not None})
    if isinstance(model, WiredModel) and not (base_url or given["key"]):
        variable = model.provider.key_env
        if model.provider.needs_key and not os.environ.get(variable):
            where = f"set {variable}, or give --key"
            raise UsageError(f"no key for {model.provider.name}: {where}")
    served = {"base_url": SECRET.sub("", base_url)} if base_url else {}
    return model, {"model": name, **served}


def _asked(
    model: Model, given: JsonObject, kept: JsonObject | None, shown: Shown
) -> Response:
    """The answer to what is given, still to be read.

    Raises:
        UsageError: if nothing is asked, or something that cannot be.
    """
    text, asking = _given.text(given), _given.asking(given)
    stream, says = not given["no_stream"], bool(text or given["attachments"])
    last = None if kept is None else _restored(kept, model)
    calls = last.tool_calls() if last else []
    if not says and not calls:
        raise UsageError("what is asked? give a TEXT, or pipe one in")
    if last is None:
        return model.prompt(text, stream=stream, **asking)
    if calls and "tools" not in asking:
        names = ", ".join(call.name for call in calls)
        raise UsageError(f"the last answer calls {names}: give its file with -T")
    asking["options"] = _still(last, kept or {}) | asking.get("options", {})
    results = shown.results(last, asking.get("tools")) if calls else None
    return last.reply(text, tool_results=results, stream=stream, **asking)


def _still(last: Response, kept: JsonObject) -> JsonObject:
    """The options of the last time, unless they are fields of another wire."""
    before = kept["response"].get("model", "")
    wires = {name.partition("/")[0] for name in (before, last.model.model_id)}
    return last.prompt.options if len(wires) == 1 else {}


def _answered(
    response: Response,
    shown: Shown,
    given: JsonObject,
    keep: Callable[[Response], None],
) -> Response:
    """The last answer: each is shown and what it calls is run, till nothing is."""
    answers = 1
    while True:
        with response:
            shown.answer(response)
        keep(response)
        calls = response.tool_calls()
        if not calls or not given["tool_files"]:
            return response
        try:
            if answers == MOST_ANSWERS:
                names = ", ".join(call.name for call in calls)
                message = f"{answers} answers, and the last still calls {names}"
                raise ChainLimitExceeded(message)
            results = shown.results(response)
        except (ChainLimitExceeded, PauseChain) as stop:
            shown.failure(stop)
            return response
        response = response.reply(tool_results=results)
        answers += 1


def _leave(response: Response, shown: Shown, given: JsonObject) -> None:
    """Say which calls nobody ran; that is a failure if somebody should have."""
    calls = response.tool_calls()
    if calls and given["tool_files"]:
        out.exit_with(out.FAILED)
    for call in calls:
        shown.call(call)
    if calls:
        shown.note("it calls tools; harness prompt -c -T FILE runs them and goes on")


# ------------------------------------------------------------------- for the next time


def _last(path: Path) -> JsonObject:
    """What was kept of the last answer.

    Raises:
        UsageError: if nothing was, or nothing that can be read.
    """
    try:
        kept = json.loads(path.read_bytes())
    except FileNotFoundError:
        message = "there is no last answer here to go on from: ask without -c first"
        raise UsageError(message) from None
    except OSError as error:
        raise _unusable(error.strerror) from error
    except (ValueError, RecursionError) as error:
        raise _unusable(f"not JSON: {error}") from error
    for name, kind in {"model": str, "response": dict}.items():
        if not isinstance(kept, dict) or not isinstance(kept.get(name), kind):
            raise _unusable(f"it has no {name}")
    return dict(kept)


def _restored(kept: JsonObject, model: Model) -> Response:
    try:
        return Response.from_dict(kept["response"], model=model)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise _unusable("it is damaged") from error


def _unusable(why: str | None) -> UsageError:
    return UsageError(f"{LAST} is of no use: {why}; ask without -c to begin anew")


def _keep(path: Path, data: JsonObject, shown: Shown) -> None:
    """Keep an answer, out of the way of version control."""
    ignore = path.parent / ".gitignore"
    try:
        if not ignore.exists():
            write_atomically(ignore, b"*\n")
        write_atomically(path, json.dumps(data).encode())
    except OSError as error:  # the answer was given all the same
        shown.note(f"{LAST} cannot be written, so -c will not go on: {error.strerror}")
