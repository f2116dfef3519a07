"""``harness log``: conversations that were kept, seen, found and carried elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from harness.cli import _output as out
from harness.cli._output import count
from harness.errors import UsageError
from harness.message.parts import (
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.shell.project import find
from harness.store import Store
from harness.store.imported import Imported

USUAL = Path(".harness/log.db")
"""Where the store is, under the project's root, unless somebody says otherwise."""

LONGEST = 72
"""Characters that are shown of a message."""

SHORT = 11
"""Characters of a digest that are shown: enough to name it by, nearly always."""


class Anywhere(click.Group):
    """A group whose own option may come behind the command, as people type it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``--log STORE`` first, wherever it stands."""
        for at, word in enumerate(args):
            if word == "--":
                break
            taken = 2 if word == "--log" else 1
            if word == "--log" or word.startswith("--log="):
                rest = args[:at] + args[at + taken :]
                return super().parse_args(ctx, args[at : at + taken] + rest)
        return super().parse_args(ctx, args)


@click.group("log", cls=Anywhere)
@click.option(
    "--log",
    "store",
    metavar="STORE",
    envvar="HARNESS_LOG",
    help="A path or postgresql://...; .harness/log.db in the project unless given.",
)
@click.pass_context
def command(ctx: click.Context, store: str | None) -> None:
    """Conversations that harness prompt --log, harness serve --log or a harness.Store
    kept.

    TIP is a thread, a turn, or the beginning of a message's digest.
    """
    ctx.obj = store


def opened(where: str | None, *, new: bool = False) -> Store:
    """The store that is meant.

    Raises:
        UsageError: if there is none yet.
    """
    usual = find(Path.cwd()).root / USUAL
    path = where or usual
    if "://" not in str(path) and not new and not Path(path).exists():
        hint = "harness prompt --log STORE makes one, or harness serve --log STORE"
        raise UsageError(f"there is no store {path}: {hint}")
    if where is None:
        usual.parent.mkdir(exist_ok=True)
    return Store(path)


# ------------------------------------------------------------------------------- to see


@command.command("list")
@click.option(
    "-n", "limit", type=click.IntRange(1), default=20, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
@click.pass_obj
def list_(where: str | None, limit: int, as_json: bool) -> None:
    """Threads, latest first."""
    with opened(where) as store:
        for thread in store.threads(limit):
            if as_json:
                data = {name: getattr(thread, name) for name in THREAD}
                out.lines([json.dumps(data, ensure_ascii=False)])
            else:
                tip = (thread.tip or "")[:SHORT]
                title = thread.title or ""
                began = thread.began[:16].replace("T", " ")
                row = f"{thread.name}  {tip:{SHORT}}  {began:16}  {_one_line(title)}"
                out.lines([row.rstrip()])


@command.command()
@click.argument("tip")
@click.option("--json", "as_json", is_flag=True, help="Messages as JSON lines.")
@click.pass_obj
def show(where: str | None, tip: str, as_json: bool) -> None:
    """The conversation up to TIP."""
    with opened(where) as store:
        for message in store.conversation(tip):
            if as_json:
                out.lines([json.dumps(message.to_dict(), ensure_ascii=False)])
            else:
                out.lines(
                    [f"{message.role}:", *(f"  {row}" for row in _whole(message))]
                )


@command.command()
@click.argument("tip", required=False)
@click.pass_obj
def tree(where: str | None, tip: str | None) -> None:
    """Messages as a tree: what was said once, and where it branches."""
    with opened(where) as store:
        out.lines(_branches(store, tip))


def _branches(store: Store, tip: str | None) -> Iterator[str]:
    """A row a message; only a branch is indented, so that long talks stay narrow."""
    begun = store.children(tip)
    depth = int(tip is not None and len(begun) > 1)
    waiting = [(depth, *found) for found in reversed(begun)]
    if tip is not None:
        yield f"{store.digest(tip)[:SHORT]}  {_brief(store.conversation(tip)[-1])}"
    while waiting:
        depth, digest, message = waiting.pop()
        yield f"{'  ' * depth}{digest[:SHORT]}  {_brief(message)}"
        found = store.children(digest)
        deeper = depth + (len(found) > 1)
        waiting += [(deeper, *child) for child in reversed(found)]


@command.command()
@click.argument("query", nargs=-1, required=True)
@click.option(
    "-n", "limit", type=click.IntRange(1), default=20, help="At most so many."
)
@click.option(
    "--in",
    "field",
    type=click.Choice(["text", "reasoning", "tools", "output"]),
    help="Only there.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
@click.pass_obj
def search(
    where: str | None,
    query: tuple[str, ...],
    limit: int,
    field: str | None,
    as_json: bool,
) -> None:
    """Messages that have all the words of QUERY, latest first.

    "A phrase" stands in quotes, and a beginning ends in *.
    """
    with opened(where) as store:
        found = store.search(" ".join(query), field=field, limit=limit)
    for digest, message in found:
        data = {"digest": digest, "message": message.to_dict()}
        row = f"{digest[:SHORT]}  {_brief(message)}"
        out.lines([json.dumps(data, ensure_ascii=False) if as_json else row])
    if not found:
        out.exit_with(out.NOTHING)


# ----------------------------------------------------------------------------- to carry


@command.command()
@click.argument("tips", nargs=-1)
@click.pass_obj
def export(where: str | None, tips: tuple[str, ...]) -> None:
    """All of it, or what leads to TIPS, as JSON lines that import takes."""
    with opened(where) as store:
        out.lines(store.export(*tips))


@command.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8", errors="strict"))
@click.pass_obj
def import_(where: str | None, file: Any) -> None:
    """Take in what export wrote, from FILE or -."""
    with opened(where, new=True) as store:
        _told(store.import_(file), "new")


@command.command("import-llm")
@click.argument("path", type=click.Path(exists=True, dir_okay=False))
@click.pass_obj
def import_llm(where: str | None, path: str) -> None:
    """Take in the logs.db of llm 0.36 at PATH, which is only read."""
    with opened(where, new=True) as store:
        _told(store.import_llm(path), "new")


@command.command("export-llm")
@click.argument("path", type=click.Path(exists=True, dir_okay=False))
@click.pass_obj
def export_llm(where: str | None, path: str) -> None:
    """Put all of it into the logs.db of llm 0.36 at PATH; what is there stays."""
    with opened(where) as store:
        _told(store.export_llm(path), "written")


def _told(done: Imported, how: str) -> None:
    """Say how much that was, and what was left out."""
    said = (("message", done.messages), ("thread", done.threads), ("turn", done.turns))
    click.echo(f"{', '.join(count(number, what) for what, number in said)} {how}")
    for skipped in done.skipped:
        click.echo(f"left out: {skipped}", err=True)
    if done.skipped:
        out.exit_with(out.FAILED)


# ------------------------------------------------------------------------ to look after


@command.command()
@click.pass_obj
def verify(where: str | None) -> None:
    """Derive every digest anew, and say what is not as it was put in."""
    with opened(where) as store:
        flaws = 0
        for flaw in store.verify():
            flaws += 1
            out.lines([str(flaw)])
        click.echo(count(flaws, "flaw"))
    if flaws:
        out.exit_with(out.FAILED)


@command.command()
@click.pass_obj
def gc(where: str | None) -> None:
    """Remove what no thread and no turn leads to."""
    with opened(where) as store:
        gone = store.gc()
    said = (("message", gone.messages), ("blob", gone.blobs), ("term", gone.terms))
    click.echo(f"{', '.join(count(number, what) for what, number in said)} removed")


@command.command()
@click.argument("thread")
@click.pass_obj
def forget(where: str | None, thread: str) -> None:
    """Remove THREAD and its turns; gc then removes what only they led to."""
    with opened(where) as store:
        store.forget(thread)


# ------------------------------------------------------------------------------ as text


def _brief(message: Message) -> str:
    return _one_line(f"{message.role}: {' '.join(_whole(message))}")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _whole(message: Message) -> Iterable[str]:
    return (row for part in message.parts for row in _said(part).splitlines() or [""])


def _said(part: Part) -> str:
    match part:
        case TextPart(text=text):
            return text
        case ReasoningPart(text=text):
            return f"(thinks) {text}"
        case ToolCallPart(name=name, arguments=arguments):
            return f"{name}({json.dumps(arguments, ensure_ascii=False)})"
        case ToolResultPart(name=name, output=output):
            return f"{name}: {output}"
    return "(attachment)"


THREAD = ("name", "tip", "title", "forked_from", "began")
