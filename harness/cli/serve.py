"""``harness serve``: every provider on one local port."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import json
import sys
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from harness.cli import _output as out
from harness.errors import Problem, UsageError
from harness.serve.control import Control
from harness.serve.limits import Limits
from harness.serve.mock import Mock, paced
from harness.serve.stock import stamps, stocked
from harness.serve.stock.recording import Recording
from harness.serve.stock.shelf import Shelf
from harness.shell.pace import pace
from harness.shell.project import Project, find, shown
from harness.shell.server import HOST, serve
from harness.shell.server.tls import thrown_away

LOCAL = ("127.0.0.1", "::1", "localhost")

AUTHORITY = Path(".harness/serve-ca.pem")
"""Where clients find whom to trust, under the project's root."""

OFTEN = 0.3
"""Seconds between two looks at the files."""


@click.command("serve")
@click.argument("paths", nargs=-1)
@click.option("--host", default=HOST, help="The address to listen on.")
@click.option("--port", default=8765, help="0 for any that is free.")
@click.option(
    "--timing",
    default="none",
    metavar="none|recorded|×N",
    help="Wait for each chunk: not at all, as recorded, or N times as fast.",
)
@click.option("--strict", is_flag=True, help="Only to requests that are wholly alike.")
@click.option("--default", "default", help="Say this where nothing else answers.")
@click.option(
    "--answer",
    "function",
    metavar="MODULE:FUNCTION",
    help="Ask a function of yours, given the turn.",
)
@click.option(
    "--upstream",
    metavar="URL|PROVIDER/MODEL",
    help="Send on what nothing here answers: as it is, or translated for one model.",
)
@click.option(
    "--record",
    "folder",
    metavar="DIR",
    help="Send on what is not recorded, to --upstream or the vendor, and keep it.",
)
@click.option(
    "--on-miss",
    type=click.Choice(["record", "fail"]),
    default="record",
    help="With --record: whether what is not recorded is, or is an error.",
)
@click.option("--keep-failing", is_flag=True, help="With --record: keep errors, too.")
@click.option("--require-key", is_flag=True, help="Refuse requests without an API key.")
@click.option("--tokens-per-minute", type=click.IntRange(1), help="Refuse more.")
@click.option(
    "--requests-per-minute",
    type=click.IntRange(1),
    help="Refuse more.",
)
@click.option("--control", is_flag=True, help="Let faults be set and the journal read.")
@click.option(
    "--log",
    "store",
    envvar="HARNESS_LOG",
    metavar="STORE",
    help="Keep every conversation: a file, or the URL of a PostgreSQL database.",
)
@click.option(
    "--tls", is_flag=True, help="Speak https, by an authority that is made up."
)
@click.option("--reload", is_flag=True, help="Read what changes again.")
@out.color_option
def command(paths: tuple[str, ...], color: str, **given: Any) -> None:
    """Answer clients of every provider from recordings and suites under PATH...

    A client needs another base URL and nothing else: http://127.0.0.1:8765/v1 for
    OpenAI, http://127.0.0.1:8765 for Anthropic, and so on; hosts that share the paths
    of another are asked for by name, as in http://127.0.0.1:8765/mistral/v1. Nothing
    leaves the machine, unless --upstream or --record says so.
    """
    waits = paced(pace(given["timing"]))
    project = find(Path.cwd())
    stock = Stock(Shelf(given["strict"]), project, paths, color)
    stock.fill()
    mock = Mock(
        stock.shelf,
        _imported(given["function"], project) if given["function"] else None,
        given["default"],
        require_key=given["require_key"],
        limits=Limits(given["tokens_per_minute"], given["requests_per_minute"]),
    )
    _go_upstream(mock, project, given)
    control = Control(mock, open_=given["control"])
    host, port = given["host"], given["port"]
    authority = project.root / AUTHORITY
    tls = thrown_away(authority, host) if given["tls"] else None

    def ready(url: str) -> None:
        told = {"url": url, "recordings": len(stock.shelf.recordings)}
        ca = {"ca": shown(authority, Path.cwd())} if tls else {}
        click.echo(json.dumps(told | ca))

    if host not in LOCAL:
        click.echo(f"harness: {host} can be reached by others", err=True)
    how = {"host": host, "port": port, "pace": waits, "tls": tls, "ready": ready}
    try:
        with _logged(mock, given["store"]):
            beside = stock.watched() if given["reload"] else None
            _run(serve(control.answer, **how), beside)
    except OSError as error:
        message = f"{host}:{port} cannot be listened on: {error.strerror}"
        raise UsageError(message) from error


@dataclass(slots=True)
class Stock:
    """A shelf, and the files it is filled from."""

    shelf: Shelf
    project: Project
    paths: tuple[str, ...]
    color: str

    def fill(self) -> None:
        """Put all there is on the shelf; leaves where some of it cannot be read."""
        found, problems = self._read()
        if problems:
            out.rejected(problems, self.color, "; nothing is served")
        self.shelf.add(found)

    async def watched(self) -> None:
        """Fill it again whenever a file changes; what cannot be read is told."""
        before = stamps(self.project, self.paths, Path.cwd())
        while True:
            await asyncio.sleep(OFTEN)
            now = stamps(self.project, self.paths, Path.cwd())
            if now == before:
                continue
            before = now
            found, problems = self._read()
            if problems:
                out.problems(problems, self.color)
                click.echo("harness: what was read before is served on", err=True)
                continue
            self.shelf.clear()
            self.shelf.add(found)
            click.echo(f"harness: read again, {len(found)} recordings", err=True)

    def _read(self) -> tuple[list[Recording], list[Problem]]:
        found: list[Recording] = []
        problems: list[Problem] = []
        for one in stocked(self.project, self.paths, Path.cwd()):
            if isinstance(one, Problem):
                problems.append(one)
            else:
                found.append(one)
        return found, problems


@contextlib.contextmanager
def _logged(mock: Mock, where: str | None) -> Iterator[None]:
    """Have all conversations kept, where that is wanted, and be sure in the end."""
    if where is None:
        yield
        return
    from harness.serve.logged import Logged  # only here is a database needed
    from harness.store import Store

    with Store(where) as store:
        log = Logged(store.record, partial(click.echo, err=True))
        mock.log = log.keep
        try:
            yield
        finally:
            log.close()


def _go_upstream(mock: Mock, project: Project, given: dict[str, Any]) -> None:
    """Have misses answered on the network, where that is wanted."""
    upstream, folder = given["upstream"], given["folder"]
    if folder is not None and given["on_miss"] == "fail":
        return
    if upstream is not None and "://" not in upstream:
        if folder is not None:
            raise UsageError(
                f"--record: wants --upstream URL, not the model {upstream!r}: what is "
                "translated is nobody's recording"
            )
        from harness.reference.model import get_async_model  # only where it is asked
        from harness.serve.upstream.translate import Translate

        mock.upstream = Translate(get_async_model(upstream))
    elif upstream is not None or folder is not None:
        from harness.serve.upstream.forward import Forward  # the same
        from harness.serve.upstream.keeping import Keeper

        tell = partial(click.echo, err=True)
        keeper = (
            Keeper(project, folder, mock.shelf, tell, given["keep_failing"])
            if folder is not None
            else None
        )
        mock.beyond = upstream or ""
        mock.upstream = Forward(upstream, keeper.keep if keeper else None)


def _run(served: Coroutine[Any, Any, None], beside: Any) -> None:
    """Serve, with something else beside it, as fast as this machine can."""
    with contextlib.suppress(ImportError):
        import uvloop  # faster, where it is installed

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    gc.freeze()  # what is loaded stays: it need not be looked through again
    gc.set_threshold(20_000)  # nor what a request leaves behind at each few of them

    async def both() -> None:
        task = asyncio.ensure_future(beside) if beside is not None else None
        try:
            await served
        finally:
            if task is not None:
                task.cancel()

    asyncio.run(both())


def _imported(name: str, project: Project) -> Any:
    module, colon, attribute = name.partition(":")
    if not colon:
        raise UsageError(f"--answer: wanted module:function, found {name!r}")
    sys.path.insert(0, str(project.home))
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"--answer: {name}: {error}") from error
