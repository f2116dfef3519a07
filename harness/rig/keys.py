"""Keys: read from the environment or from a file, and never shown."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from harness.errors import UsageError
from harness.providers._provider import Provider


class Keys:
    """API keys by provider; those of a file come before those of the environment.

    The file is a JSON object of names to keys, as llm's ``keys.json`` is. A name is
    the variable that holds the key, the provider's, or its vendor's: ``openai``.

    Raises:
        UsageError: for a file that cannot be read.
    """

    def __init__(self, file: str | None) -> None:
        self._file = _read(file) if file else {}

    def of(self, provider: Provider) -> str | None:
        """The key for a provider, if there is one."""
        for name in _names(provider):
            if self._file.get(name):
                return self._file[name]
        return os.environ.get(provider.key_env) or None

    def secrets(self) -> Mapping[str, str]:
        """All that must not be written, by names that say that it is secret."""
        listed = {f"{name}_API_KEY": key for name, key in self._file.items()}
        return {**os.environ, **listed}


def _names(provider: Provider) -> tuple[str, ...]:
    vendor = provider.name.partition("-")[0]
    return (provider.key_env, provider.name, vendor, provider.namespace)


def _read(file: str) -> dict[str, str]:
    try:
        data = json.loads(Path(file).read_bytes())
    except OSError as error:
        raise UsageError(f"--keys {file}: {error.strerror}") from error
    except (ValueError, RecursionError):
        data = None  # what the parser says would quote the file
    if not isinstance(data, dict):
        raise UsageError(f'--keys {file}: wants JSON such as {{"openai": "sk-..."}}')
    return {name: key for name, key in data.items() if isinstance(key, str)}
