"""``harness models``: who can be asked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import click

from harness.cli import _output as out
from harness.message.parts import JsonObject
from harness.providers import PROVIDERS
from harness.reference.registry import registered


@click.command("models")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def command(as_json: bool) -> None:
    """List providers, whose models are PROVIDER/MODEL, and registered models."""
    rows = [*_providers(), *_models()]
    if as_json:
        out.lines(json.dumps(row) for row in rows)
        return
    out.lines(_shown(row) for row in rows)


def _providers() -> Iterator[JsonObject]:
    for name, provider in PROVIDERS.items():
        yield {
            "provider": name,
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
            "async": entry.async_model is not None,
        }


def _shown(row: JsonObject) -> str:
    if "model" in row:
        also = f"   also {', '.join(row['aliases'])}" if row["aliases"] else ""
        return f"{row['model']}{also}"
    key = f"{row['key_env']} is {'set' if row['key_set'] else 'not set'}"
    return f"{row['provider']}/MODEL   {row['base_url']}   {key}"
