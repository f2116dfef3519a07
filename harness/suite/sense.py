"""Sense: what fields must mean beside each other, which no grammar can say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from harness.suite.kind import Reading, nearest
from harness.suite.located import List, Map, Mark

AXES = ("provider", "model", "stream", "mode")
"""What a matrix can vary without saying what it is for."""

REFUSED = 400
"""The first status that refuses: such an answer is the same, streamed or not."""

VARIABLE = re.compile(r"\$\{(\w+)\}")
"""A name from the matrix in a path."""

AS_IT_IS = ("frames", "body")
"""What says an answer as it is on the wire, so that nothing else can say it too."""

OF_A_BODY = ("status", "content_type")
"""What a body can have beside it."""

OF_ONE_TURN = ("prompt", "messages", "system", "says", "expect")
"""What stands in a case, or in each of its turns."""


def names(
    reading: Reading,
    tree: Map,
    providers: Collection[str],
    others: Collection[str],
) -> None:
    """Providers and matrix names in the whole file: all known, none for nothing."""
    holders = [tree.get("defaults", Map(tree.at)), *tree["cases"]]
    whens = [when for holder in holders for when in _whens(holder)]
    matrices = [holder["matrix"] for holder in holders if "matrix" in holder]
    axes = {axis for matrix in matrices for axis in matrix if axis != "exclude"}
    used = {axis for when in whens for axis in when} | {
        name for holder in holders for name in _variables(holder)
    }
    for named in (*holders, *matrices, *whens):
        _provider(reading, named, providers, others)
    for when in whens:
        for axis in when.keys() - axes - set(AXES):
            hint = nearest(axis, axes | set(AXES))
            message = f"no matrix has {axis!r}: this never applies"
            reading.wrong(when.keys_at[axis], "H101", message, hint)
    for matrix in matrices:
        for axis in matrix.keys() - used - {*AXES, "exclude"}:
            hint = nearest(axis, (*AXES, "exclude"))
            hint = hint or f"use it: ${{{axis}}} in cassette, or in a when"
            message = f"nothing depends on {axis!r}"
            reading.wrong(matrix.keys_at[axis], "H101", message, hint)


def _whens(holder: Map) -> Iterator[Map]:
    for field in ("overrides", "xfail", "skip"):
        for entry in holder.get(field, ()):
            if "when" in entry:
                yield entry["when"]
            yield from _whens(entry)
    yield from holder.get("matrix", {}).get("exclude", ())


def _variables(holder: Map) -> Iterator[str]:
    for entry in (holder, *holder.get("overrides", ())):
        yield from VARIABLE.findall(entry.get("cassette", ""))


def _provider(
    reading: Reading,
    named: Map,
    providers: Collection[str],
    others: Collection[str],
) -> None:
    value = named.get("provider")
    if value is None or value == "all":
        return
    marked = [(value, named.values_at["provider"])]
    if isinstance(value, List):
        marked = list(zip(value, value.items_at, strict=True))
    for word, at in marked:
        if word not in providers and word not in others:
            known = dict.fromkeys((*providers, *others))
            hint = nearest(str(word), known) or f"known: {', '.join(known)}"
            reading.wrong(at, "H103", f"no provider named {word!r}", hint)


def fields(reading: Reading, case: Map) -> None:
    """Fields of one case, defaults and overrides in it, that exclude each other."""
    if "cassette" in case and "says" in case:
        message = "both a cassette and says: one of them says what the wire said"
        reading.wrong(case.keys_at["says"], "H108", message)
    for axis in AXES:
        if axis in case and axis in case.get("matrix", ()):
            message = f"{axis!r} stands in the matrix too"
            reading.wrong(case.keys_at[axis], "H108", message, "one of the two")
    if "turns" in case:
        for key in OF_ONE_TURN:
            if key in case:
                message = f"{key!r} stands beside turns"
                hint = "put it into the turn it is meant for"
                reading.wrong(case.keys_at[key], "H108", message, hint)
    for number, turn in enumerate(case.get("turns", (case,))):
        _turn(reading, turn, case, first=number == 0)


def _turn(reading: Reading, turn: Map, case: Map, *, first: bool) -> None:
    for step, others in EXCLUDED.items():
        for key in others:
            if step in turn and key in turn:
                message = f"{key!r} does not go with {step}"
                hint = "reply: {prompt: ...}" if key == "prompt" else None
                reading.wrong(turn.keys_at[key], "H108", message, hint)
    for step in ("reply", "execute_tool_calls"):
        if first and step in turn:
            message = f"{step} in the first turn: there is no answer yet"
            reading.wrong(turn.keys_at[step], "H108", message, "begin with prompt")
    if "says" in turn:
        _says(reading, turn["says"])
    silent = "says" not in turn and "execute_tool_calls" not in turn
    if silent and turn is not case and "cassette" not in case:
        message = "nothing says what the wire said in this turn"
        hint = "add says: {parts: [...]}, or a cassette to the case"
        reading.wrong(_start(turn), "H107", message, hint)


def _says(reading: Reading, says: Map) -> None:
    if "parts" in says and "events" in says:
        at = says.keys_at["events"]
        reading.wrong(at, "H108", "both parts and events: one says what is said")
    raw = next((name for name in AS_IT_IS if name in says), None)
    for key in says:
        beside = key in OF_A_BODY
        if beside and raw != "body":
            hint = "of parts, error: {status: ...} says it" if key == "status" else None
            reading.wrong(says.keys_at[key], "H108", f"{key!r} goes with a body", hint)
        elif raw and key != raw and not beside:
            message = f"{key!r} stands beside {raw}, which is all that is said"
            hint = f"write it as the wire has it, into {raw}"
            reading.wrong(says.keys_at[key], "H108", message, hint)


def said(holder: Map) -> Iterator[Map]:
    """All that a provider says in a case, its overrides and its turns."""
    for one in (holder, *holder.get("turns", ()), *holder.get("overrides", ())):
        if "says" in one:
            yield one["says"]
        if one is not holder:
            yield from said(one)


def streams(says: Map) -> bool | None:
    """Whether an answer is a stream; ``None`` where it can be said either way."""
    if "frames" in says:
        return True
    whole = "body" in says and says.get("status", 200) < REFUSED
    return False if whole else None


def streamed(reading: Reading, case: Map, stream: bool) -> bool:
    """Whether the answers are streamed; those that are as on the wire settle it."""
    asked = "stream" in case or "stream" in case.get("matrix", ())
    first: bool | None = stream if asked else None
    for turn in case.get("turns", (case,)):
        says = turn.get("says", {})
        settled = streams(says)
        if settled is not None and first not in (None, settled):
            message = "frames are a stream" if settled else "a body is no stream"
            hint = f"leave out stream, or say stream: {str(settled).lower()}"
            hint = hint if asked else "the answers of a case travel alike"
            at = says.keys_at["frames" if settled else "body"]
            reading.wrong(at, "H108", f"{message}, and this case is otherwise", hint)
        first = settled if first is None else first
    return stream if first is None else first


EXCLUDED: Mapping[str, tuple[str, ...]] = {
    "reply": ("prompt",),
    "execute_tool_calls": ("prompt", "messages", "system", "reply", "says"),
}
"""What we do in a turn, and what cannot be done in the same one."""


def _start(turn: Map) -> Mark:
    return next(iter(turn.keys_at.values()), turn.at)
