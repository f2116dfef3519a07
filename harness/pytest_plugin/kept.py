"""Kept: answers as syrupy keeps them, a readable file of YAML for each test."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from harness.message.normal import normal
from harness.pytest_plugin.readable import readable


class AnswerExtension(SingleFileSnapshotExtension):
    """Keeps a response, its messages, parts, or events."""

    _write_mode = WriteMode.TEXT
    _file_extension = file_extension = "yaml"  # syrupy 4 has the one, 5 the other

    def serialize(self, data: Any, **_: Any) -> str:
        """The answer, normal and readable."""
        return readable(normal(as_data(data)))


def as_data(value: Any) -> Any:
    """JSON data of an answer: whatever has messages, or stream events, or is one.

    Raises:
        TypeError: for what is no answer, and for one that is still to be awaited.
    """
    for name in ("messages", "stream_events"):
        told = getattr(value, name, None)
        if inspect.iscoroutinefunction(told):
            raise TypeError(f"compare what is awaited: await response.{name}()")
        if callable(told):
            return [as_data(item) for item in told()]
    if isinstance(value, list) or inspect.isgenerator(value):
        return [as_data(item) for item in value]
    if hasattr(value, "to_dict"):
        return value.to_dict()
    return _plain(value)


def _unsaid(value: Any) -> bool:
    return value is None or value is False or value in ((), [])


def _plain(value: Any) -> Any:
    """A value without a way to tell its data, as data."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = getattr(value, "type", None)
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        value = ({"type": kind} if kind else {}) | fields
    if isinstance(value, Mapping):
        told = ((str(key), _plain(item)) for key, item in value.items())
        return {key: item for key, item in told if not _unsaid(item)}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str | int | float | bytes) or value is None:
        return value
    raise TypeError(f"{type(value).__name__} is no response, message, part or event")
