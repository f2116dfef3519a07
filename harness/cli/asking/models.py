"""``harness models``: who can be asked."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator

import click

from harness.cli import _output as out
from harness.errors import UsageError
from harness.message.parts import JsonObject
from harness.providers import PROVIDERS
from harness.reference.registry import ALIASES, registered


@click.command("models")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def command(as_json: bool) -> None:
    """List providers, whose models are PROVIDER/MODEL, and registered models.

    Keys are never shown, only whether they are set.
    """
    rows: list[JsonObject] = []
    faults: list[UsageError] = []
    for listed in LISTS:
        try:
            rows.extend(listed())
        except UsageError as fault:  # of one package; the others can be asked
            faults.append(fault)
    out.lines(map(json.dumps, rows) if as_json else _table(rows))
    if faults:
        raise UsageError("; ".join(map(str, faults)))


def _providers() -> Iterator[JsonObject]:
    for name, provider in PROVIDERS.items():
        yield {
            "provider": name,
            "aliases": [alias for alias, meant in ALIASES.items() if meant == name],
            "base_url": provider.base_url,
            "key_env": provider.key_env,
            "key_set": bool(os.environ.get(provider.key_env)),
            "capabilities": sorted(provider.capabilities),
        }


def _models() -> Iterator[JsonObject]:
    for entry in registered():
        yield {
            "model": entry.model_id,
            "aliases": [*entry.aliases],
            "sync": entry.model is not None,
            "async": entry.async_model is not None,
        }


LISTS: tuple[Callable[[], Iterator[JsonObject]], ...] = (_providers, _models)


def _table(rows: list[JsonObject]) -> Iterator[str]:
    cells = [(_name(row), row.get("base_url", ""), _remark(row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        columns = zip(row, widths, strict=True)
        yield "   ".join(cell.ljust(width) for cell, width in columns).rstrip()


def _name(row: JsonObject) -> str:
    return row.get("model") or f"{row['provider']}/MODEL"


def _remark(row: JsonObject) -> str:
    said = []
    if row.get("key_env") == "":
        said.append("needs no key")
    elif "key_env" in row:
        said.append(f"{row['key_env']} is {'' if row['key_set'] else 'not '}set")
    if row["aliases"]:
        said.append(f"also {', '.join(row['aliases'])}")
    if not row.get("sync", True):
        said.append("only to be awaited")
    return "; ".join(said)
