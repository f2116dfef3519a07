"""Who says it how: every wire the harness speaks, one file or folder each.

Adding one is a file beside the others and a line in the table below; a package of
its own adds one by the entry-point group ``harness.providers``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from harness.providers._provider import Provider

WHERE = {
    "openai-chat": "harness.providers.openai_chat",
    "openai-responses": "harness.providers.openai_responses",
    "anthropic": "harness.providers.anthropic",
}
"""The name specs give a provider, and the module that holds its ``PROVIDER``."""


class _Providers(Mapping[str, Provider]):
    """Providers by name, each imported when it is first asked for.

    A run of one wire does not wait for all the others to load.
    """

    def __getitem__(self, name: str) -> Provider:
        provider: Provider = import_module(WHERE[name]).PROVIDER
        return provider

    def __iter__(self) -> Iterator[str]:
        return iter(WHERE)

    def __len__(self) -> int:
        return len(WHERE)


PROVIDERS: Mapping[str, Provider] = _Providers()
"""Every provider by the name specs give it."""
