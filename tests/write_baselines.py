"""``python -m tests.write_baselines RESULTS``: write docs/baselines from a matrix.

RESULTS are the JSON lines of ``harness matrix specs/ --environments --json``. Every
case that fails must be explained: by a finding whose ``Case`` or ``Shows`` names it, or
by a row of docs/limits.md. What is not is printed, and stays red.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from tests.write_findings import NO_THREAD, ROOT, Finding, findings

FOLDER = ROOT / "docs" / "baselines"
LIMITS = ROOT / "docs" / "limits.md"

TRIED = ("passed", "failed", "known", "unexpected")
"""Verdicts that say something of a case, with a baseline or without."""

NAMES = {
    "anthropic": "anthropic-sdk",
    "google-genai": "google-genai-sdk",
    "langchain-anthropic": "langchain",
    "langchain-core": "langchain",
    "langchain-google-genai": "langchain",
    "langchain-openai": "langchain",
    "llm 0.36, Responses models": "llm-openai-responses",
    "llm 0.36, chat models": "llm-openai-chat",
    "openai": "openai-sdk",
}
"""What findings call an adapter, and what the project does, where they differ."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why cases of some adapters fail."""

    adapters: frozenset[str]
    cases: tuple[str, ...]
    reason: str
    issue: str

    def explains(self, adapter: str, case: str) -> bool:
        """Whether it is one of those."""
        if not any(fnmatchcase(adapter, name) for name in self.adapters):
            return False
        bare = case.partition("[")[0]
        return any(
            fnmatchcase(case if "[" in pattern else bare, pattern.replace("[", "[[]"))
            for pattern in self.cases
        )


def found() -> Iterator[Why]:
    """What the findings explain: those first that name a label, then those that are
    named for a case, an adapter's own before those that it inherits."""
    every = findings()
    for one in every:
        shown = _listed(one.fields.get("Shows", ""))
        yield _why(one, tuple(case for case in shown if "[" in case))
    for inherited in (False, True):
        for one in every:
            yield _why(one, (one.fields["Case"],), inherited=inherited)
        for one in every:
            shown = _listed(one.fields.get("Shows", ""))
            yield _why(one, tuple(shown), inherited=inherited)


def _why(finding: Finding, cases: tuple[str, ...], *, inherited: bool = True) -> Why:
    also = _listed(finding.fields.get("Also", "")) if inherited else []
    whose = [finding.adapter, *also]
    names = frozenset(NAMES.get(who, _project(who)) for who in whose)
    thread = finding.fields["Thread"]
    here = f"docs/findings/{finding.name}.py"
    return Why(names, cases, finding.what, here if thread == NO_THREAD else thread)


def _project(who: str) -> str:
    name = who.split()[0]
    return NAMES.get(name, name)


def _listed(text: str) -> list[str]:
    """What stands between commas that are followed by a space, but for llm's own."""
    return [one for one in re.split(r", (?!chat|Responses)", text) if one]


def limits() -> Iterator[Why]:
    """The rows of the page of limits: adapters, cases, and why."""
    for line in LIMITS.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 3:
            adapters, cases = (re.findall(r"`([^`]+)`", cell) for cell in cells[:2])
            yield Why(frozenset(adapters), tuple(cases), cells[2], "docs/limits.md")


def failing(results: Path) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The cases of each adapter that were tried, out of a matrix."""
    cases: dict[str, list[Mapping[str, Any]]] = {}
    for text in results.read_text("utf-8").strip().split("\n"):
        line = json.loads(text)
        if line["type"] == "case" and line["verdict"] in TRIED:
            cases.setdefault(line["adapter"], []).append(line)
    return cases


def entries(
    adapter: str, cases: Sequence[Mapping[str, Any]], whys: Sequence[Why]
) -> Iterator[tuple[str, list[str], str, str]]:
    """Case, checks, reason and issue of each entry; no reason where nothing explains."""
    labels: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for case in cases:
        name = f"{case['suite']}::{case['id'].partition('::')[2]}"
        must = (f["check"] for f in case["failures"] if f["level"] == "must")
        tried = labels.setdefault(name.partition("[")[0], [])
        tried.append((name, tuple(sorted({*must}))))
    for bare, found in labels.items():
        known = [
            (name, checks, next((w for w in whys if w.explains(adapter, name)), None))
            for name, checks in found
        ]
        alike = len({(checks, why) for _, checks, why in known}) == 1
        for name, checks, why in known[:1] if alike else known:
            if checks:
                reason, issue = (why.reason, why.issue) if why else ("", "")
                yield bare if alike else name, [*checks], reason, issue


def main(results: Path) -> None:
    """Write a baseline for each adapter that fails anything."""
    whys = [*found(), *limits()]
    FOLDER.mkdir(exist_ok=True)
    unexplained = 0
    for adapter, cases in failing(results).items():
        listed = []
        for case, checks, reason, issue in entries(adapter, cases, whys):
            if reason:
                why = {"reason": reason, "issue": issue}
                listed.append({"case": case, "checks": checks, **why})
            else:
                unexplained += 1
                print(f"unexplained: {adapter} {case} {','.join(checks)}")
        path = FOLDER / f"{adapter}.yaml"
        if listed:
            baseline = {"baseline": 1, "known_failures": listed}
            text = yaml.safe_dump(
                baseline, sort_keys=False, allow_unicode=True, width=88
            )
            path.write_text(text, "utf-8")
        else:
            path.unlink(missing_ok=True)
    print(unexplained, "unexplained")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
