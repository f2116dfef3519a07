"""Excuses: where an account of ours may differ from llm's, and in what alone.

Each row is one of ``docs/differences-from-llm.md``. It says when it applies, and
what is left to compare then: ``settle`` is given llm's account and ours, and gives
back what must be equal all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeAlias

from harness.message.parts import JsonObject
from tests.reference.accounts import Account
from tests.reference.generated import Case
from tests.reference.llm_twin import Round
from tests.reference.traits import (
    added,
    arguments_are_no_object,
    begins_with_nothing,
    calls_before_its_last_message,
    collides,
    counts_a_call_twice,
    counts_only_details,
    empty_text_with_metadata,
    hides_late,
    hides_within,
    merges_within,
    reports_other_calls,
)

Messages: TypeAlias = list[JsonObject]
Pair: TypeAlias = tuple[Account, Account]


@dataclass(frozen=True)
class Row:
    """One row of the table of differences."""

    name: str
    applies: Callable[[Case, Account], bool]
    settle: Callable[[Account, Account], Pair]


def applying(case: Case, ours: Account) -> list[Row]:
    """The rows that apply."""
    return [row for row in ROWS if row.applies(case, ours)]


def settled(rows: list[Row], theirs: Account, ours: Account) -> Pair:
    """What is left to compare where these rows apply."""
    pair = deepcopy(theirs), deepcopy(ours)
    for row in rows:
        pair = row.settle(*pair)
    return pair


def needed(rows: list[Row], theirs: Account, ours: Account) -> list[str]:
    """The rows without which the others would not do."""
    found = []
    for row in rows:
        left, right = settled([r for r in rows if r is not row], theirs, ours)
        if left != right:
            found.append(row.name)
    return found


def in_some_round(
    found: Callable[[Round], bool],
) -> Callable[[Case, Account], bool]:
    return lambda case, _: any(map(found, case.script))


def rounds_of(account: Account) -> list[Account]:
    rounds: list[Account] = account.get("chain", {}).get("rounds", [])
    return rounds


# ----------------------------------------------------------- changing an account


def changed(data: Any, change: Callable[[Messages], Messages]) -> Any:
    """The account with every list of messages in it changed."""
    if isinstance(data, dict):
        return {key: changed(value, change) for key, value in data.items()}
    if isinstance(data, list) and data and all(map(_is_message, data)):
        return change(data)
    if isinstance(data, list | tuple):
        return type(data)(changed(value, change) for value in data)
    return data


def _is_message(data: Any) -> bool:
    return isinstance(data, dict) and "role" in data


def both(change: Callable[[Messages], Messages]) -> Callable[[Account, Account], Pair]:
    return lambda theirs, ours: (changed(theirs, change), changed(ours, change))


def ours_alone(
    change: Callable[[Messages], Messages],
) -> Callable[[Account, Account], Pair]:
    return lambda theirs, ours: (theirs, changed(ours, change))


def without(*paths: str) -> Callable[[Account, Account], Pair]:
    """Leave out what stands at these places, such as ``prompt/calls``."""

    def settle(theirs: Account, ours: Account) -> Pair:
        for account in (theirs, ours):
            for path in paths:
                *above, last = path.split("/")
                inner = account
                for key in above:
                    inner = inner.get(key, {})
                inner.pop(last, None)
        return theirs, ours

    return settle


def in_later_rounds(*keys: str) -> Callable[[Account, Account], Pair]:
    def settle(theirs: Account, ours: Account) -> Pair:
        for round_ in rounds_of(theirs)[1:] + rounds_of(ours)[1:]:
            for key in keys:
                round_.pop(key, None)
        return theirs, ours

    return settle


def _parts(
    change: Callable[[JsonObject], JsonObject | None],
) -> Callable[[Messages], Messages]:
    """Change parts one by one; what is left without any parts is left out."""

    def all_of_them(messages: Messages) -> Messages:
        found = [
            {**message, "parts": [p for p in map(change, message["parts"]) if p]}
            for message in messages
        ]
        return [message for message in found if message["parts"]]

    return all_of_them


def _hoisted(messages: Messages) -> Messages:
    """Hidden reasoning first, as llm has it."""
    return [
        {**m, "parts": sorted(m["parts"], key=lambda p: not p.get("redacted"))}
        for m in messages
    ]


def _thoughts_at_large(theirs: Account, ours: Account) -> Pair:
    """Of reasoning, what is said in a message, wherever it is and in how many parts."""

    for account in (theirs, ours):
        for event in account["prompt"]["events"] + account["chain's stream"]["events"]:
            event.pop("part_index")
    return both(_thoughts_together)(theirs, ours)


def _thoughts_together(messages: Messages) -> Messages:
    found = []
    for message in messages:
        thoughts = [p for p in message["parts"] if p["type"] == "reasoning"]
        others = [p for p in message["parts"] if p["type"] != "reasoning"]
        said = {
            "type": "thoughts",
            "letters": sorted("".join(thought["text"] for thought in thoughts)),
            "hidden": any(thought.get("redacted") for thought in thoughts),
            "of": sorted({k for p in thoughts for k in p.get("provider_metadata", ())}),
        }
        found.append({**message, "parts": [said, *others]})
    return found


def _bare(part: JsonObject) -> JsonObject:
    return {key: value for key, value in part.items() if key != "provider_metadata"}


def _unless_empty(part: JsonObject) -> JsonObject | None:
    return None if part["type"] == "text" and not part["text"] else part


def _as_object(part: JsonObject) -> JsonObject:
    if part["type"] == "tool_call":
        return {**part, "arguments": part["arguments"] or {}}
    if part["type"] == "tool_result" and not part.get("server_executed"):
        return {key: part[key] for key in ("type", "name")}
    return part


def _objects(theirs: Account, ours: Account) -> Pair:
    """What tools say of arguments that are none is compared no further."""
    for account in (theirs, ours):
        for held in (account["prompt"], account["prompt"].get("again", {})):
            if "calls" in held:
                held["calls"] = [(n, a or {}, i) for n, a, i in held["calls"]]
        for held in (account["prompt"], *rounds_of(account)):
            if "results" in held:
                held["results"] = [(n, id_) for n, _, id_, *_ in held["results"]]
    return both(_parts(_as_object))(theirs, ours)


def _rules_at_the_head(messages: Messages) -> Messages:
    return [m for i, m in enumerate(messages) if not i or m["role"] != "system"]


def _without_pictures(messages: Messages) -> Messages:
    def unseen(part: JsonObject) -> JsonObject | None:
        part = {key: value for key, value in part.items() if key != "attachments"}
        return None if part["type"] == "attachment" else part

    return _parts(unseen)(messages)


def _once(theirs: Account, ours: Account) -> Pair:
    """Llm's account without the calls that it made a second part of."""

    def once(messages: Messages) -> Messages:
        streamed: list[Any] = []

        def unless_counted(part: JsonObject) -> JsonObject | None:
            if part["type"] != "tool_call":
                return part
            call, id_ = (part["name"], part["arguments"]), part.get("tool_call_id")
            if id_ is None:
                streamed.append(call)
            elif id_.startswith(MADE_UP) and call in streamed:
                streamed.remove(call)
                return None
            return part

        return _parts(unless_counted)(messages)

    theirs = changed(theirs, once)
    return without("prompt/again/calls", "prompt/reply again", "prompt/resumed")(
        theirs, ours
    )


def _unnamed(theirs: Account, ours: Account) -> Pair:
    """Llm's account without the ids that it made up."""
    found: Account = _without_made_up(theirs)
    return found, ours


def _without_made_up(data: Any) -> Any:
    if isinstance(data, dict):
        kept = {key: _without_made_up(value) for key, value in data.items()}
        if "chunk" not in data and kept.get("tool_call_id", "") is None:
            del kept["tool_call_id"]
        return kept
    if isinstance(data, list | tuple):
        return type(data)(map(_without_made_up, data))
    return None if isinstance(data, str) and data.startswith(MADE_UP) else data


def _in_any_order(theirs: Account, ours: Account) -> Pair:
    def in_order(messages: Messages) -> Messages:
        return [{**m, "parts": sorted(m["parts"], key=repr)} for m in _as_one(messages)]

    return both(in_order)(*without("prompt/again/text", "prompt/resumed")(theirs, ours))


def _as_one(messages: Messages) -> Messages:
    """The messages of one answer as one: which one calls were added to may differ."""
    found: Messages = []
    for message in messages:
        if found and message["role"] == found[-1]["role"] == "assistant":
            found[-1] = {**message, "parts": found[-1]["parts"] + message["parts"]}
        else:
            found.append(message)
    return found


def _kept_text(theirs: Account, ours: Account) -> Pair:
    """Ours without the empty text, which may have been a message of its own."""
    pair = theirs, changed(ours, _parts(_unless_empty))
    return both(_as_one)(*without("prompt/resumed")(*pair))


def _over_in_time(theirs: Account, ours: Account) -> Pair:
    for account in (theirs, ours):
        account["chain"].pop("error")
        account["chain's stream"].pop("text", None)
        account["chain's stream"].pop("error", None)
    return theirs, ours


def _noticed_late(theirs: Account, ours: Account) -> Pair:
    """Llm's account up to where ours ends in an error."""
    for name in ("prompt", "chain's stream"):
        if "error" in ours[name]:
            heard = len(ours[name]["events"])
            theirs[name]["events"] = theirs[name]["events"][:heard]
    return without(
        "conversation/error",
        "conversation/tools",
        "conversation/turns",
        "chain/error",
        "chain's stream/error",
        "chain's stream/text",
    )(theirs, ours)


def _without_last_results(theirs: Account, ours: Account) -> Pair:
    """What a resumed chain is sent, up to what the calls came to."""
    for account in (theirs, ours):
        resumed = account["prompt"].get("resumed", [])
        while resumed and resumed[-1]["role"] != "assistant":
            resumed.pop()
    return theirs, ours


MADE_UP = "tc_"
"""How the ids begin that llm gives to calls that have none."""

ROWS = [
    Row("C1", in_some_round(counts_a_call_twice), _once),
    Row("C2", in_some_round(merges_within), both(_parts(_bare))),
    Row("C11", in_some_round(hides_late), ours_alone(_hoisted)),
    Row("C3", in_some_round(empty_text_with_metadata), _kept_text),
    Row(
        "C7",
        lambda case, ours: bool(case.schema) and len(rounds_of(ours)) > 1,
        in_later_rounds("schema"),
    ),
    Row(
        "C9",
        lambda case, ours: (
            case.limit == len(rounds_of(ours)) and not ours["chain"]["error"]
        ),
        _over_in_time,
    ),
    Row("C10", in_some_round(arguments_are_no_object), _objects),
    Row("C12", in_some_round(hides_within), _thoughts_at_large),
    Row("C13", in_some_round(collides), _noticed_late),
    Row("C14", lambda case, _: bool(case.later), ours_alone(_rules_at_the_head)),
    Row(
        "calls",
        in_some_round(reports_other_calls),
        without(
            "prompt/calls", "prompt/results", "prompt/reply", "chain", "chain's stream"
        ),
    ),
    Row(
        "ids",
        in_some_round(lambda round_: any(not c.tool_call_id for c in added(round_))),
        _unnamed,
    ),
    Row(
        "system",
        lambda case, ours: bool(case.system) and len(rounds_of(ours)) > 1,
        in_later_rounds("system"),
    ),
    Row("order", in_some_round(begins_with_nothing), _in_any_order),
    Row(
        "resumed",
        lambda case, _: (
            bool(case.script) and calls_before_its_last_message(case.script[0])
        ),
        _without_last_results,
    ),
    Row(
        "usage",
        in_some_round(counts_only_details),
        without("prompt/written/usage", "prompt/again/written/usage"),
    ),
    Row(
        "attachments",
        in_some_round(lambda round_: any(c.name == "picture" for c in added(round_))),
        both(_without_pictures),
    ),
]
"""In this order: a call that was counted twice is known by the id it was given."""
