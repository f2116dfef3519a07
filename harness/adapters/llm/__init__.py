"""Any model of llm (https://llm.datasette.io), whichever plugin has it.

No code is needed for a plugin: which wire it speaks, and what it can, is read off the
model and off the requests it sends when it is asked something. A plugin that takes no
``messages=`` is talked to by way of ``llm.Conversation``, as llm's own chat does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from harness.adapters._turns import RunTool
from harness.adapters.llm.home import Home
from harness.adapters.llm.probe import Probe, probe
from harness.adapters.llm.talk import Legacy, Talk
from harness.run.door import Session, Who
from harness.wire.http import Transport

UNSEEN = frozenset({"error.kind", "error.retryable", "finish_reason", "usage.details"})


class Llm:
    """One model of llm.

    Args:
        model: its id or an alias, as ``llm -m`` takes it.
        provider: the wire it speaks, where it is not to be found out.
        capabilities: what it is said to have, where that is not to be found out; what
            is claimed and not served is a failure.
        options: options for every prompt, such as ``{"thinking": true}``.
        plugins: packages to load instead of all that are installed.
        keys: names in llm's ``keys.json``, beside the usual ones, under which the
            plugin looks for its key.
        env: variables of the environment to set while llm runs.
        files: JSON to find in llm's folder, by file name: the lists of models that
            plugins keep there.
        name: what reports call it.

    Raises:
        UsageError: where llm or the model is not there, or answers nobody.
    """

    def __init__(
        self,
        model: str,
        *,
        provider: str | None = None,
        capabilities: Sequence[str] | None = None,
        options: dict[str, Any] | None = None,
        plugins: Sequence[str] | None = None,
        keys: Sequence[str] = (),
        env: dict[str, str] | None = None,
        files: dict[str, Any] | None = None,
        name: str = "llm",
    ) -> None:
        self.name = name
        self.options = options or {}
        self._provider = provider
        self._claimed = capabilities
        self.home = Home(plugins, keys, env or {}, files or {})
        self.model = self.home.model(model)

    @property
    def version(self) -> str:
        """llm's, and the plugin's."""
        return self.home.versions(self.model)

    @cached_property
    def capabilities(self) -> frozenset[str]:
        """What is claimed, or else what the model says and was seen to do."""
        if self._claimed is not None:
            return frozenset(self._claimed)
        has = {
            "streaming": self.model.can_stream,
            "tools": self.model.supports_tools,
            "parallel_tool_calls": self.model.supports_tools,
            "schema": self.model.supports_schema,
            "attachments": bool(self.model.attachment_types) and self.seen.messages,
            "async": self.async_model is not None,
            "conversation": getattr(self.model, "supports_conversation", True),
            "messages": self.seen.messages,
            "reasoning": self.seen.events,
            "server_side_tools": self._takes_specs(),
        }
        return frozenset({"usage"} | {name for name, here in has.items() if here})

    @property
    def unseen(self) -> frozenset[str]:
        """What llm has no word for, and the events of plugins that stream only text."""
        return UNSEEN if self.seen.events else UNSEEN | {"events"}

    @property
    def providers(self) -> frozenset[str]:
        """The wire it speaks."""
        return frozenset({self._provider or self.seen.provider})

    @cached_property
    def seen(self) -> Probe:
        """What it was seen to do when it was asked something."""
        with self.home.entered():
            return probe(self.model, self._provider, self.options)

    @cached_property
    def async_model(self) -> Any:
        """The model that is awaited, or ``None``."""
        return self.home.async_model(self.model.model_id)

    def open(self, who: Who, door: Transport, run_tool: RunTool) -> Session:
        """A new conversation."""
        model = self.async_model if who.mode == "async" else self.model
        talk = Talk if self.seen.messages else Legacy
        return talk(model, self.home, self.options, who, run_tool)

    def _takes_specs(self) -> bool:
        import llm

        raw = getattr(llm.models, "ServerSideTool", None)
        return raw in getattr(self.model, "supported_server_side_tools", ())
