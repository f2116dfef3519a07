"""Home: a folder of llm's own for a run, so that it finds nobody's keys and models."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from harness.errors import ConnectionLost, UsageError
from harness.run.asked import listing
from harness.run.observe import KEY
from harness.shell.transport import replayed
from harness.suite.kind import nearest
from harness.wire.http import Request, Response


class Home:
    """Where llm looks for keys, aliases and lists of models while it is entered.

    What plugins ask their servers when they are loaded, such as which models there
    are, is answered here: with the one that is wanted.
    """

    def __init__(
        self,
        plugins: Sequence[str] | None,
        keys: Sequence[str],
        env: Mapping[str, str],
        files: Mapping[str, Any],
    ) -> None:
        self._plugins = plugins
        path = Path(tempfile.mkdtemp(prefix="harness-llm-"))
        weakref.finalize(self, shutil.rmtree, path, ignore_errors=True)
        self._env = {"LLM_USER_PATH": str(path), **env}
        known = dict.fromkeys((*KEYS, *keys), KEY)
        for name, data in {"keys.json": known, **files}.items():
            (path / Path(name).name).write_text(json.dumps(data))

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The environment of llm, for as long as it is entered."""
        before = {name: os.environ.get(name) for name in self._env}
        os.environ.update(self._env)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

    def model(self, name: str) -> Any:
        """The model of that name.

        Raises:
            UsageError: where there is none, or llm cannot be loaded.
        """
        if self._plugins is not None:
            # Read when llm's plugins are first imported, and never again.
            os.environ.setdefault("LLM_LOAD_PLUGINS", ",".join(self._plugins))
        try:
            llm = import_module("llm")
        except ImportError as error:
            raise UsageError(
                f"llm is not installed: pip install llm ({error})"
            ) from error
        asked: list[str] = []
        with self.entered(), replayed(lambda r: _listed(r, name, asked)):
            try:
                return llm.get_model(name)
            except llm.UnknownModelError:
                known = [*llm.get_model_aliases()]
            except Exception as error:  # a plugin may raise anything when it is loaded
                said = f"{type(error).__name__}: {error}"
                raise UsageError(f"llm's plugins cannot be loaded: {said}") from error
        hint = nearest(name, known) or f"'llm models' lists them: {len(known)} are here"
        told = f"; its plugins asked for {', '.join(asked)}" if asked else ""
        raise UsageError(f"llm has no model {name!r}: {hint}{told}")

    def async_model(self, name: str) -> Any:
        """The model of that name that is awaited, or ``None``."""
        llm = import_module("llm")
        with self.entered(), replayed(lambda request: _listed(request, name, [])):
            try:
                return llm.get_async_model(name)
            except llm.UnknownModelError:
                return None

    def versions(self, model: Any) -> str:
        """llm's version, and that of the package the model is from."""
        said = f"llm {metadata.version('llm')}"
        package = type(model).__module__.partition(".")[0]
        known = metadata.packages_distributions()
        found = dict.fromkeys(self._plugins or known.get(package) or ())
        others = [f"{name} {metadata.version(name)}" for name in found if name != "llm"]
        return ", ".join([*others, said])


def _listed(request: Request, name: str, asked: list[str]) -> Response:
    said = listing(request, name)
    if said is None:
        asked.append(f"{request.method} {request.url}")
        raise ConnectionLost(f"nothing is recorded for {request.method} {request.url}")
    return said


KEYS = (
    "anthropic", "azure", "cerebras", "claude", "cloudflare", "cohere", "deepseek",
    "fireworks", "gemini", "github", "grok", "groq", "inception", "lmstudio", "meta",
    "meta-ai", "minimax", "mistral", "moonshot", "ollama", "openai", "openrouter",
    "perplexity", "reka", "sambanova", "together", "togetherai", "venice", "xai", "zai",
)  # fmt: skip
"""Names under which plugins look for their keys; most list no model without one."""
