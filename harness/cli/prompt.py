"""``harness prompt``: ask a model, and see what it says as it says it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from harness.cli import _output as out
from harness.errors import HarnessError, UsageError
from harness.message.events import StreamEvent
from harness.message.parts import Attachment, JsonObject
from harness.reference.chain import ChainResponse
from harness.reference.registry import get_model
from harness.reference.response import Response
from harness.shell.files import write_atomically
from harness.shell.project import find

LAST = Path(".harness/last-response.json")
"""Where the last response is kept, under the project's root, for ``-c``."""


@click.command("prompt")
@click.argument("text", required=False)
@click.option("-m", "--model", "name", help="Who is asked: PROVIDER/MODEL.")
@click.option("-s", "--system", help="The system prompt.")
@click.option(
    "-a",
    "--attachment",
    "attachments",
    multiple=True,
    metavar="PATH|URL",
    help="A file or a URL to show beside the text; - reads standard input.",
)
@click.option(
    "-o",
    "--option",
    "options",
    type=(str, str),
    multiple=True,
    metavar="KEY VALUE",
    help="A request field under the wire's own name; the value is JSON, or text.",
)
@click.option(
    "-T",
    "--tools",
    "tool_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A Python file whose functions the model may call.",
)
@click.option("--schema", metavar="JSON|FILE", help="JSON Schema of the answer.")
@click.option(
    "-R",
    "--hide-reasoning",
    "--no-reasoning",
    "hide",
    is_flag=True,
    help="Do not print reasoning.",
)
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON lines.")
@click.option("--no-stream", is_flag=True, help="Ask for the answer in one piece.")
@click.option(
    "-c", "--continue", "goes_on", is_flag=True, help="Go on from the last answer."
)
@click.option("--base-url", metavar="URL", help="Where the model is served.")
@click.option("--key", help="API key; unless given, the environment's.")
@click.option("--timeout", type=float, help="Seconds to wait for the next bytes.")
@click.option(
    "--retries", type=click.IntRange(0), default=0, help="Further tries; none unless."
)
@out.color_option
def command(
    text: str | None,
    name: str | None,
    system: str | None,
    attachments: tuple[str, ...],
    options: tuple[tuple[str, str], ...],
    tool_files: tuple[Path, ...],
    schema: str | None,
    hide: bool,
    as_json: bool,
    no_stream: bool,
    goes_on: bool,
    base_url: str | None,
    key: str | None,
    timeout: float | None,
    retries: int,
    color: str,
) -> None:
    """Ask a model TEXT; without it, or beside it, standard input is the text.

    The answer goes to standard output as it comes, reasoning and tool calls to
    standard error, so that a pipe gets the answer alone.
    """
