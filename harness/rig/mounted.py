"""Mounted: the adapter that is to be tested, by its name.

A name is of those that a project sets, that installed packages offer, or that come
with the harness; or it says where an object is: ``module:object``.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from harness import __version__
from harness.adapters.reference import Reference
from harness.errors import HarnessError, UsageError
from harness.providers import PROVIDERS
from harness.run.door import Adapter
from harness.shell.project import Project
from harness.suite.kind import nearest

KINDS = {
    "anthropic": "harness.adapters.sdks.anthropic_sdk:Anthropic",
    "google-genai": "harness.adapters.sdks.google_genai:GoogleGenai",
    "langchain": "harness.adapters.frameworks.langchain:LangChain",
    "litellm": "harness.adapters.frameworks.litellm:LiteLLM",
    "llm": "harness.adapters.llm:Llm",
    "openai": "harness.adapters.sdks.openai_sdk:OpenAI",
    "process": "harness.adapters.process:Process",
    "pydantic-ai": "harness.adapters.frameworks.pydantic_ai:PydanticAI",
}
"""Adapters that come with the harness, each for a library that one has already. They
take settings; ``llm:claude-haiku-4.5`` is one with its model.
"""

OWN = ("baseline", "environment", "use")
"""Settings of an adapter that are for the harness, and not for the adapter."""

ADAPTER = ("name", "version", "capabilities", "providers", "open")
"""What an adapter has."""

GROUP = "harness.adapters"
"""The entry-point group in which a package offers its adapter."""


def chosen(asked: str | None, project: Project) -> str:
    """The name of the adapter: the one that is asked for, or the only one that is set,
    or our own.
    """
    return asked or (
        next(iter(project.adapters)) if len(project.adapters) == 1 else "reference"
    )


def mounted(name: str, project: Project) -> Adapter:
    """The adapter of that name.

    Raises:
        UsageError: where there is none, it cannot be imported, or it does not take
            what is set for it.
    """
    if name == "reference":
        return Reference(PROVIDERS, __version__)
    target, settings = _found(name, project)
    if str(project.home) not in sys.path:
        sys.path.insert(0, str(project.home))
    module, _, attribute = target.partition(":")
    try:
        made: Any = getattr(import_module(module), attribute)
        if isinstance(made, type) or settings:
            made = _made(made, settings, name)
    except HarnessError:
        raise
    except Exception as error:  # what is imported may raise anything
        said = f"{type(error).__name__}: {error}"
        raise UsageError(
            f"adapter {name!r} ({target}) cannot be loaded: {said}"
        ) from error
    missing = [attribute for attribute in ADAPTER if not hasattr(made, attribute)]
    if missing:
        message = f"adapter {name!r} ({target}) has no {', '.join(missing)}"
        raise UsageError(f"{message}: see harness.Adapter")
    adapter: Adapter = made
    return adapter


def _found(name: str, project: Project) -> tuple[str, dict[str, Any]]:
    """Where an adapter is, and what is set for it."""
    if name in project.adapters:
        settings = project.adapters[name]
        own = {key: value for key, value in settings.items() if key not in OWN}
        use = settings["use"]
        if use in KINDS:
            return KINDS[use], {"name": name, **own}
        return use, own
    kind, colon, model = name.partition(":")
    if kind in KINDS:
        return KINDS[kind], {"name": name, **({"model": model} if model else {})}
    if colon:
        return name, {}
    # Entry points are read off every installed package: only when they are needed.
    from importlib import metadata

    installed = {
        entry.name: entry.value for entry in metadata.entry_points(group=GROUP)
    }
    if name in installed:
        return installed[name], {}
    known = ["reference", *project.adapters, *installed, *KINDS]
    hint = nearest(name, known) or f"known: {', '.join(known)}, or module:object"
    raise UsageError(f"no adapter named {name!r}: {hint}")


def _made(make: Callable[..., Any], settings: Mapping[str, Any], name: str) -> Any:
    """An adapter made with what is set for it."""
    wanted = inspect.signature(make).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in wanted.values())
    for key in settings:
        if key not in wanted and not takes_all:
            hint = nearest(key, wanted) or f"known: {', '.join(wanted)}"
            raise UsageError(f"adapter {name!r} has no setting {key!r}: {hint}")
    missing = [
        key
        for key, p in wanted.items()
        if p.default is p.empty and key not in settings and p.kind is not p.VAR_KEYWORD
    ]
    if missing and make.__module__.startswith("harness."):
        raise UsageError(f"adapter {name!r} needs {', '.join(missing)}: {name}:MODEL")
    return make(**settings)
