"""Results as JSON lines, for machines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from harness.run.report.verdicts import WORDS, Totals
from harness.run.runner import Result
from harness.suite.checks import CHECKS, Failure


def as_json(result: Result) -> str:
    """One result as a JSON line."""
    case = result.case
    return _line(
        {
            "type": "case",
            "id": case.nodeid,
            "suite": case.suite,
            "adapter": result.adapter,
            "provider": case.provider,
            "verdict": result.verdict,
            "level": case.level,
            "checks": result.checks,
            "replays": result.replays,
            "file": case.source.path,
            "line": case.at.line,
            "column": case.at.column,
        }
        | ({"reason": result.reason} if result.reason else {})
        | ({"listed": str(result.excuse.place)} if result.excuse else {})
        | {"failures": [_failure_json(result, found) for found in result.failures]}
    )


def _failure_json(result: Result, found: Failure) -> dict[str, Any]:
    at = found.at or result.case.at
    return {
        "check": found.check,
        "level": found.level,
        "message": found.message,
        "line": at.line,
        "column": at.column,
        "details": list(found.lines),
    } | ({"hint": found.hint} if found.hint else {})


def summary_json(
    totals: Totals,
    adapter: str,
    version: str,
    never: Sequence[str] = (),
    unseen: Iterable[str] = (),
) -> str:
    """The run as the last JSON line; ``never`` are capabilities no case tried."""
    counts = totals.counts
    return _line(
        {
            "type": "summary",
            "adapter": adapter,
            "adapter_version": version,
            "counts": {verdict: counts[verdict] for verdict in WORDS},
            "checks": sum(result.checks for result in totals.results),
            "replays": sum(result.replays for result in totals.results),
            "unverified": list(never),
            "unseen": sorted(unseen),
            "seconds": round(totals.seconds, 3),
            "check_ids": list(CHECKS),
        }
    )


def _line(data: dict[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=False)
    # Half a surrogate pair, as some adapters give, is no UTF-8 but by its escape.
    return text if LONE.search(text) is None else json.dumps(data)


LONE = re.compile("[\ud800-\udfff]")
