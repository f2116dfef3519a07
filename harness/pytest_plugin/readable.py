"""Readable: data as YAML for people, one event a line."""

from __future__ import annotations

from typing import Any

import yaml

WIDEST = 88


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and nothing twice by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        """Whether to write the whole of it each time: always."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.rstrip("\n") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def readable(data: Any) -> str:
    """YAML of JSON data; what holds nothing but plain values is on one line."""
    text: str = yaml.dump(
        data,
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=None,
        sort_keys=False,
        width=WIDEST,
    )
    return text
