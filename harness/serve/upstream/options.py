"""Options: what a request asks for beside its words, under another wire's names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from harness.message.parts import JsonObject
from harness.message.turn import Turn
from harness.providers import PROVIDERS
from harness.providers._paths import guessed
from harness.providers._provider import Provider

GOOGLE = "generationConfig"
AMAZON = "inferenceConfig"
STEPS = "generation_config"

NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "openai-chat": {
        "max_tokens": ("max_tokens",),
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "stop": ("stop",),
        "seed": ("seed",),
        "choice": ("tool_choice",),
        "effort": ("reasoning_effort",),
    },
    "openai-responses": {
        "max_tokens": ("max_output_tokens",),
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "choice": ("tool_choice",),
        "effort": ("reasoning", "effort"),
    },
    "anthropic": {
        "max_tokens": ("max_tokens",),
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "top_k": ("top_k",),
        "stop": ("stop_sequences",),
        "choice": ("tool_choice",),
    },
    "gemini": {
        "max_tokens": (GOOGLE, "maxOutputTokens"),
        "temperature": (GOOGLE, "temperature"),
        "top_p": (GOOGLE, "topP"),
        "top_k": (GOOGLE, "topK"),
        "stop": (GOOGLE, "stopSequences"),
        "seed": (GOOGLE, "seed"),
        "choice": ("toolConfig", "functionCallingConfig"),
    },
    "gemini-interactions": {
        "max_tokens": (STEPS, "max_output_tokens"),
        "temperature": (STEPS, "temperature"),
        "top_p": (STEPS, "top_p"),
        "stop": (STEPS, "stop_sequences"),
        "seed": (STEPS, "seed"),
    },
    "bedrock": {
        "max_tokens": (AMAZON, "maxTokens"),
        "temperature": (AMAZON, "temperature"),
        "top_p": (AMAZON, "topP"),
        "stop": (AMAZON, "stopSequences"),
    },
    "cohere": {
        "max_tokens": ("max_tokens",),
        "temperature": ("temperature",),
        "top_p": ("p",),
        "top_k": ("k",),
        "stop": ("stop_sequences",),
        "seed": ("seed",),
        "choice": ("tool_choice",),
    },
    "ollama": {
        "max_tokens": ("options", "num_predict"),
        "temperature": ("options", "temperature"),
        "top_p": ("options", "top_p"),
        "top_k": ("options", "top_k"),
        "stop": ("options", "stop"),
        "seed": ("options", "seed"),
    },
}
"""Wire to what each option is called in its requests: the keys to it."""

ALSO = {"max_completion_tokens": "max_tokens"}
"""Names of the same thing, to the one in the table."""

WIRE_OF = {"bedrock-invoke": "anthropic"}
"""Wires whose options are another's."""


def translated(
    provider: Provider, turn: Turn, model_id: str
) -> tuple[JsonObject, list[str]]:
    """The options of a turn under the names of a model's wire, and those it has none
    for.

    A model of no wire that we know gets them as they are.
    """
    upstream = PROVIDERS.get(model_id.partition("/")[0])
    asked, wire = _wire(provider), _wire(upstream) if upstream else None
    if wire is None or wire == asked:
        return dict(turn.options), []
    known = {keys: name for name, keys in NAMES[asked].items()}
    options: JsonObject = {}
    unsaid = []
    for keys, value in _leaves(turn.options, known):
        name = known.get(keys, "")
        if name not in NAMES[wire]:
            unsaid.append(".".join(keys))
            continue
        if name == "choice":
            value = WRITE[wire](READ[asked](value))
        elif name == "stop" and isinstance(value, str):
            value = [value]
        _put(options, NAMES[wire][name], value)
    return options, unsaid


def _wire(provider: Provider) -> str:
    """The wire that a provider speaks, whoever it is."""
    path = provider.path(Turn("m", ()))
    name = guessed(f"https://h{path}") or provider.name
    return WIRE_OF.get(name, name)


def _leaves(
    options: Mapping[str, Any], known: Mapping[tuple[str, ...], str]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each option, those that stand in a group of options one by one."""
    groups = {keys[0] for keys in known if len(keys) > 1}
    for key, value in options.items():
        if key in groups and isinstance(value, Mapping):
            yield from (((key, inner), held) for inner, held in value.items())
        else:
            yield (ALSO.get(key, key),), value


def _put(options: JsonObject, keys: tuple[str, ...], value: Any) -> None:
    for key in keys[:-1]:
        options = options.setdefault(key, {})
    options[keys[-1]] = value


# ------------------------------------------------------------- which tool is to be used

Choice: TypeAlias = str
"""``auto``, ``none``, ``required``, or ``=`` and the name of the tool to call."""


def _read_openai(said: Any) -> Choice:
    if isinstance(said, Mapping):
        return "=" + str(said.get("name") or said.get("function", {}).get("name"))
    return str(said)


def _write_chat(choice: Choice) -> Any:
    if choice.startswith("="):
        return {"type": "function", "function": {"name": choice[1:]}}
    return choice


def _write_responses(choice: Choice) -> Any:
    if choice.startswith("="):
        return {"type": "function", "name": choice[1:]}
    return choice


def _read_anthropic(said: Any) -> Choice:
    kind = said.get("type")
    return f"={said.get('name')}" if kind == "tool" else OF_ANTHROPIC.get(kind, "auto")


def _write_anthropic(choice: Choice) -> Any:
    if choice.startswith("="):
        return {"type": "tool", "name": choice[1:]}
    return {"type": next(k for k, v in OF_ANTHROPIC.items() if v == choice)}


def _read_gemini(said: Any) -> Choice:
    allowed = [*(said.get("allowedFunctionNames") or ())]
    if len(allowed) == 1:
        return f"={allowed[0]}"
    return OF_GEMINI.get(said.get("mode"), "auto")


def _write_gemini(choice: Choice) -> Any:
    if choice.startswith("="):
        return {"mode": "ANY", "allowedFunctionNames": [choice[1:]]}
    return {"mode": next(k for k, v in OF_GEMINI.items() if v == choice)}


def _read_cohere(said: Any) -> Choice:
    return str(said).lower()


def _write_cohere(choice: Choice) -> Any:
    return "NONE" if choice == "none" else "REQUIRED"


OF_ANTHROPIC = {"auto": "auto", "none": "none", "any": "required"}
OF_GEMINI = {"AUTO": "auto", "NONE": "none", "ANY": "required"}

READ: Mapping[str, Callable[[Any], Choice]] = {
    "openai-chat": _read_openai,
    "openai-responses": _read_openai,
    "anthropic": _read_anthropic,
    "gemini": _read_gemini,
    "cohere": _read_cohere,
}
WRITE: Mapping[str, Callable[[Choice], Any]] = {
    "openai-chat": _write_chat,
    "openai-responses": _write_responses,
    "anthropic": _write_anthropic,
    "gemini": _write_gemini,
    "cohere": _write_cohere,
}
