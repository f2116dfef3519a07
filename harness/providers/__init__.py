"""Who says it how: every wire the harness speaks, one file or folder each.

Adding one is a file beside the others and a line in the table below; a package of
its own adds one by the entry-point group ``harness.providers``::

    [project.entry-points."harness.providers"]
    acme = "acme_wire:PROVIDER"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError
from harness.providers._provider import Provider

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

WHERE = {
    "openai-chat": "openai_chat:PROVIDER",
    "openai-responses": "openai_responses:PROVIDER",
    "anthropic": "anthropic:PROVIDER",
    "gemini": "gemini:PROVIDER",
    "gemini-interactions": "gemini_interactions:PROVIDER",
    "bedrock": "bedrock:PROVIDER",
    "bedrock-invoke": "anthropic.on_bedrock:PROVIDER",
    "cohere": "cohere:PROVIDER",
    "ollama": "ollama:PROVIDER",
    "azure": "openai_chat:AZURE",
    "deepseek": "openai_chat:DEEPSEEK",
    "groq": "openai_chat:GROQ",
    "huggingface": "openai_chat:HUGGINGFACE",
    "llama-cpp": "openai_chat:LLAMA_CPP",
    "mistral": "openai_chat:MISTRAL",
    "ollama-openai": "openai_chat:OLLAMA_OPENAI",
    "openrouter": "openai_chat:OPENROUTER",
    "snowflake": "openai_chat:SNOWFLAKE",
    "tgi": "openai_chat:TGI",
    "together": "openai_chat:TOGETHER",
    "vllm": "openai_chat:VLLM",
    "xai": "openai_chat:XAI",
    "zai": "openai_chat:ZAI",
    "deepseek-responses": "openai_responses:DEEPSEEK",
    "llama-cpp-responses": "openai_responses:LLAMA_CPP",
    "openrouter-responses": "openai_responses:OPENROUTER",
    "xai-responses": "openai_responses:XAI",
}
"""The name specs give a provider, and where beside this file its value stands: the
wires first, each a ``PROVIDER``, then the hosts that speak one of them."""

GROUP = "harness.providers"
"""The entry-point group in which a package offers its provider."""


class _Providers(Mapping[str, Provider]):
    """Providers by name, each imported when it is first asked for.

    A run of one wire does not wait for all the others to load, and only a name that
    is not built in is looked for in the installed packages.

    Raises:
        UsageError: for what a package offers and cannot be used.
    """

    def __getitem__(self, name: str) -> Provider:
        if name not in WHERE:
            return _loaded(self._installed[name])
        module, _, value = WHERE[name].partition(":")
        provider: Provider = getattr(import_module(f"{__name__}.{module}"), value)
        return provider

    def __contains__(self, name: object) -> bool:
        return name in WHERE or name in self._installed

    def __iter__(self) -> Iterator[str]:
        return iter((*WHERE, *self._installed))

    def __len__(self) -> int:
        return len(WHERE) + len(self._installed)

    @cached_property
    def _installed(self) -> dict[str, EntryPoint]:
        # Takes 40 ms to import, and reads the metadata of every installed package.
        from importlib.metadata import entry_points

        found: dict[str, EntryPoint] = {}
        for entry in entry_points(group=GROUP):
            builtin = f"{__name__}.{WHERE[entry.name]}" if entry.name in WHERE else None
            taken = builtin or found.setdefault(entry.name, entry).value
            if taken != entry.value:
                raise UsageError(f"{_entry(entry)} takes the name of {taken}")
        return found


def _loaded(entry: EntryPoint) -> Provider:
    try:
        found: Any = entry.load()
    except Exception as error:  # what is imported may raise anything
        said = f"{type(error).__name__}: {error}"
        raise UsageError(f"{_entry(entry)} cannot be loaded: {said}") from error
    if not isinstance(found, Provider) or found.name != entry.name:
        raise UsageError(f"{_entry(entry)} is no Provider of that name: {found!r:.80}")
    return found


def _entry(entry: EntryPoint) -> str:
    package = f" of {entry.dist.name}" if entry.dist else ""
    return f"provider {entry.name!r}{package} ({entry.value})"


PROVIDERS: Mapping[str, Provider] = _Providers()
"""Every provider by the name specs give it."""
