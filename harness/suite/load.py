"""A suite file to cases: read, checked, defaults merged, matrix expanded.

Every error says ``file:line:column``; all of a file's errors come at once.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.errors import SpecError
from harness.message.parts import Message
from harness.suite import sense
from harness.suite.case import UNNAMED, Case, Known, Raw, Says, Suite, ToolSpec, Turn
from harness.suite.kind import Reading, nearest, record
from harness.suite.located import List, Map, Mark, Source, parse
from harness.suite.match import matcher_name
from harness.suite.shape import RECORDS

INSTEAD: Mapping[str, tuple[str, ...]] = {
    "cassette": ("says",),
    "says": ("cassette",),
    "messages": ("turns",),
    "prompt": ("turns",),
    "turns": ("prompt", "messages"),
}
"""What a case says itself, and which defaults it therefore does not take over."""


def load(
    data: bytes,
    path: str,
    providers: Iterable[str],
    others: Collection[str] = (),
) -> Suite:
    """The cases of one suite file.

    Args:
        data: the file's bytes.
        path: its name, for messages and ids.
        providers: what ``matrix: {provider: all}`` stands for, which is the same
            wherever the suite is run.
        others: further names a suite may use.

    Raises:
        SpecError: with every problem found.
    """
    tree, source = parse(data, path)
    reading = Reading(source, RECORDS)
    record("suite").look(reading, tree, Mark(1, 1))
    if reading.problems:
        raise SpecError(*reading.problems)
    known = tuple(providers)
    sense.names(reading, tree, known, others)
    tools = {k: _tool(k, v) for k, v in tree.get("tools", {}).items()}
    defaults = tree.get("defaults", Map(tree.at))
    cases: list[Case] = []
    for written in tree["cases"]:
        merged = merge(_inherited(defaults, written), written)
        cases += _expanded(merged, tree["suite"], source, tools, known, reading)
    _unique(cases, reading)
    if reading.problems:
        raise SpecError(*reading.problems)
    return Suite(tree["suite"], path, tuple(cases))


def merge(base: Map, over: Map) -> Map:
    """Both mappings as one: mappings merge; lists, matchers and the rest replace."""
    merged = Map(over.at)
    for side in (base, over):
        for key, value in side.items():
            old = merged.get(key)
            both = isinstance(old, Map) and isinstance(value, Map)
            both = both and matcher_name(old) is None and matcher_name(value) is None
            merged[key] = merge(old, value) if both else value  # type: ignore[arg-type]  # both says so
            merged.keys_at[key] = side.keys_at[key]
            merged.values_at[key] = side.values_at[key]
    return merged


def _inherited(defaults: Map, written: Map) -> Map:
    """The defaults, less those that the case replaces by saying it another way."""
    gone = {old for new, olds in INSTEAD.items() if new in written for old in olds}
    if any("says" in turn for turn in written.get("turns", ())):
        gone |= {"cassette", "says"}
    gone |= set(written.get("matrix", ())) & set(sense.AXES)
    settled = set(written) & set(sense.AXES)
    if any(sense.streams(says) is not None for says in sense.said(written)):
        # How an answer travels is settled where it is written as it is on the wire.
        gone.add("stream")
        settled.add("stream")
    kept = _without(defaults, gone)
    if "matrix" in kept:
        kept["matrix"] = _without(kept["matrix"], settled)
    return kept


def _without(written: Map, gone: Iterable[str]) -> Map:
    kept = merge(Map(written.at), written)
    for key in gone:
        kept.pop(key, None)
    return kept


def applies(when: Mapping[str, Any], combination: Mapping[str, Any]) -> bool:
    """Whether a ``when`` selects this combination; a list means any of these."""
    for name, wanted in when.items():
        allowed = wanted if isinstance(wanted, list) else [wanted]
        if combination.get(name) not in allowed:
            return False
    return True


def _expanded(
    written: Map,
    suite: str,
    source: Source,
    tools: Mapping[str, ToolSpec],
    providers: tuple[str, ...],
    reading: Reading,
) -> Iterator[Case]:
    tried = 0
    for combination, facts in _combinations(written, providers):
        tried += 1
        concrete = written
        for override in written.get("overrides", ()):
            if applies(override["when"], facts):
                concrete = merge(concrete, override)
        case = _case(concrete, facts, suite, source, tools, reading)
        if case is not None:
            label = "-".join(_label(k, v) for k, v in combination.items())
            yield replace(case, label=label)
    if not tried:
        at = written.keys_at["matrix"]
        reading.wrong(at, "H103", "every combination is excluded: nothing is tried")


def _combinations(
    written: Map, providers: tuple[str, ...]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What the matrix varies, and with it all that ``when`` may ask for."""
    matrix = written.get("matrix", {})
    axes = {k: v for k, v in matrix.items() if k != "exclude"}
    if axes.get("provider") == "all":
        axes["provider"] = list(providers)
    for values in itertools.product(*axes.values()):
        combination = dict(zip(axes, values, strict=True))
        facts = {
            "provider": written.get("provider"),
            "model": written.get("model", UNNAMED),
            "stream": written.get("stream", True),
            "mode": written.get("mode", "sync"),
        } | combination
        if not any(applies(one, facts) for one in matrix.get("exclude", ())):
            yield combination, facts


def _label(axis: str, value: Any) -> str:
    if axis == "stream":
        return "stream" if value else "whole"
    return str(value)


def _case(
    written: Map,
    facts: Mapping[str, Any],
    suite: str,
    source: Source,
    tools: Mapping[str, ToolSpec],
    reading: Reading,
) -> Case | None:
    at = written.keys_at["id"]
    provider = facts["provider"]
    if provider is None:
        hint = "add provider: NAME, or matrix: {provider: all}"
        reading.wrong(at, "H107", "field 'provider' is missing", hint)
        return None
    sense.fields(reading, written)
    turns = _turns(written, at, reading)
    model = written["model"] if "model" in written else facts["model"]
    cassette = _cassette(written, {**facts, "model": model}, reading)
    if cassette is None and not any(turn.says for turn in turns):
        hint = "add cassette: PATH (a recording), or says: {parts: [...]}"
        reading.wrong(at, "H107", "nothing says what the wire said", hint)
    return Case(
        id=written["id"],
        suite=suite,
        source=source,
        at=at,
        provider=provider,
        model=model,
        turns=tuple(turns),
        stream=sense.streamed(reading, written, facts["stream"]),
        mode=facts["mode"],
        cassette=cassette,
        cassette_at=written.values_at.get("cassette"),
        tools=tuple(_chosen(written, tools, reading)),
        xfail=_known(written.get("xfail", ()), facts),
        skip=_known(written.get("skip", ()), facts),
        **_plain(written),
    )


def _plain(written: Map) -> dict[str, Any]:
    """The fields that need no second look."""
    about = written.get("about", ())
    server_tools = written.get("server_side_tools", ())
    return {
        "description": written.get("description", ""),
        "about": (about,) if isinstance(about, str) else tuple(about),
        "level": written.get("level", "must"),
        "requires": frozenset(written.get("requires", ())),
        "server_side_tools": tuple(tool["spec"] for tool in server_tools),
        "options": written.get("options", {}),
        "schema": written.get("schema"),
        "inject": written.get("inject"),
        "chunks": tuple(written.get("replay", {}).get("chunks", ())),
        "ignore": tuple(written.get("match", {}).get("ignore", ())),
    }


def _cassette(written: Map, facts: Mapping[str, Any], reading: Reading) -> str | None:
    template = written.get("cassette")
    if template is None:
        return None

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in facts:
            message = f"unknown variable ${{{name}}}"
            at = written.values_at["cassette"]
            reading.wrong(at, "H109", message, nearest(name, facts))
            return ""
        fact = facts[name]
        return str(fact).lower() if isinstance(fact, bool) else str(fact)

    return sense.VARIABLE.sub(value, template)


def _turns(written: Map, at: Mark, reading: Reading) -> list[Turn]:
    if "turns" in written:
        return [_turn(turn, reading) for turn in written["turns"]]
    return [_turn(written, reading, at)]


def _turn(written: Map, reading: Reading, at: Mark | None = None) -> Turn:
    steps = [
        s for s in ("prompt", "messages", "reply", "execute_tool_calls") if s in written
    ]
    if not steps:
        hint = "one of prompt, messages, reply, execute_tool_calls"
        reading.wrong(at or written.at, "H107", "nothing is asked here", hint)
    reply = written.get("reply", {})
    step = "prompt"
    if "reply" in written:
        step = "reply"
    elif "execute_tool_calls" in written:
        step = "execute_tool_calls"
    says = written.get("says")
    return Turn(
        step=step,  # type: ignore[arg-type]  # one of the three, by the lines above
        prompt=reply.get("prompt", written.get("prompt")),
        system=written.get("system"),
        messages=tuple(Message.from_dict(m) for m in written.get("messages", ())),
        rehydrate=written.get("rehydrate", False),
        says=_says(says) if says is not None else None,
        expect=written.get("expect"),
    )


def _says(written: Map) -> Says:
    if "frames" in written or "body" in written:
        return Says(raw=_raw(written))
    parts, events = written.get("parts"), written.get("events")
    if parts is None and events is None and "error" not in written:
        parts = ()
    return Says(
        tuple(parts) if parts is not None else None,
        tuple(events) if events is not None else None,
        written.get("usage"),
        written.get("finish_reason"),
        written.get("error"),
    )


def _raw(written: Map) -> Raw:
    frames = written.get("frames")
    return Raw(
        tuple(frames) if frames is not None else None,
        written.get("body"),
        written.get("status", 200),
        written.get("content_type"),
    )


def _tool(name: str, written: Map) -> ToolSpec:
    raises = written.get("raises")
    outputs = written.get("outputs", [written.get("output", "")])
    texts = (o if isinstance(o, str) else json.dumps(o) for o in outputs)
    return ToolSpec(
        name,
        written.get("description"),
        written.get("input_schema", {"type": "object", "properties": {}}),
        tuple(texts),
        (raises["type"], raises["message"]) if raises else None,
    )


def _chosen(
    written: Map, tools: Mapping[str, ToolSpec], reading: Reading
) -> Iterator[ToolSpec]:
    names = written.get("tools", List(written.at))
    for name, at in zip(names, names.items_at, strict=True):
        if name in tools:
            yield tools[name]
        else:
            hint = nearest(name, tools) or "declare it under tools:"
            reading.wrong(at, "H103", f"no tool named {name!r} in this suite", hint)


def _known(entries: Iterable[Map], facts: Mapping[str, Any]) -> Known | None:
    for entry in entries:
        if applies(entry.get("when", {}), facts):
            checks = tuple(entry.get("checks", ()))
            issue, until = entry.get("issue"), entry.get("until")
            at = entry.keys_at["reason"]
            return Known(entry["reason"], checks, issue, until, at)
    return None


def _unique(cases: Iterable[Case], reading: Reading) -> None:
    seen: dict[str, Case] = {}
    for case in cases:
        first = seen.setdefault(case.name, case)
        if first is not case:
            message = f"duplicate id {case.name!r}, already on line {first.at.line}"
            reading.wrong(case.at, "H112", message, "ids are unique in a file")
