"""``python -m tests.write_findings [NAME...]``: run the findings, write docs/findings.md.

Each script under docs/findings says in its docstring what it shows, and ends with 0 where
it still does. They run in the environments that ``harness matrix --environments`` makes.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "findings"
PAGE = ROOT / "docs" / "findings.md"
ENVIRONMENTS = ROOT / ".harness" / "environments"

FIELDS = ("Case", "Class", "Wire", "Made", "Matters", "Thread")
"""What a docstring says, in this order."""

MORE = ("Also", "Shows")
"""What it may say after that: who inherits the defect, and where else it shows, with
``*`` and ``?`` for what may differ."""

NO_THREAD = "no public thread known"
FRAMEWORKS = ("langchain_", "litellm_", "pydantic_ai_")
"""How names of findings of frameworks begin; ``litellm_proxy_`` is a plugin of llm's."""

HOMES = {
    "langchain-core": "langchain",
    "langchain-openai": "langchain",
    "langchain-anthropic": "langchain",
    "langchain-google-genai": "langchain-google",
}
"""Repositories whose names are not those of their packages."""

PATIENCE = 120
"""Seconds that a script may take."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One script: its title, and its fields."""

    name: str
    title: str
    fields: dict[str, str]

    @property
    def adapter(self) -> str:
        """Whose it is, with its version."""
        return self.title.partition(": ")[0]

    @property
    def what(self) -> str:
        """What is wrong, without whose it is."""
        return self.title.partition(": ")[2]

    @property
    def own_thread(self) -> bool:
        """Whether its thread is one of the adapter's own project."""
        package = self.adapter.split()[0]
        project = HOMES.get(package, package)
        return self.fields["Thread"].split("/")[4:5] in (
            [project],
            [f"{project}-python"],
        )


@dataclass(frozen=True, slots=True)
class Ran:
    """What a script printed, and whether the defect is there."""

    finding: Finding
    printed: str
    confirmed: bool


def findings() -> list[Finding]:
    """All of them, by name."""
    shared = {*FOLDER.glob("wire*.py")}
    return [read(path) for path in sorted(FOLDER.glob("*.py")) if path not in shared]


def read(path: Path) -> Finding:
    """A script's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    title, _, rest = text.partition("\n")
    said = dict(re.findall(r"^(\w+): (.*)$", rest, re.MULTILINE))
    return Finding(path.stem, title.rstrip("."), said)


def python_of(finding: Finding) -> Path:
    """The Python that has what a script needs."""
    wanted = "llm-groq"
    if finding.name.startswith("deepseek_ya"):
        wanted = "llm-deepseek-ya"
    elif "_sdk_" in finding.name:
        wanted = "google-genai"
    elif finding.name.startswith(FRAMEWORKS) and "_proxy_" not in finding.name:
        wanted = "litellm"
    for file in sorted(ENVIRONMENTS.glob("*/requires.txt")):
        packages = [line.partition("==")[0] for line in file.read_text().splitlines()]
        if wanted in packages:
            return file.parent / "bin" / "python"
    sys.exit("there are no environments: harness matrix specs/ --environments")


def run(finding: Finding, python: Path | None = None) -> Ran:
    """Run a script."""
    done = subprocess.run(
        [str(python or python_of(finding)), f"{finding.name}.py"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    told = done.stdout if done.returncode < 2 and done.stdout else done.stderr
    confirmed = done.returncode == 0 and done.stdout.startswith("wire:")
    return Ran(finding, told.strip(), confirmed)


def page(ran: list[Ran]) -> Iterator[str]:
    """The page, of what was confirmed."""
    ran = [one for one in ran if one.confirmed]
    yield "# Findings"
    yield ""
    yield _counts([one.finding for one in ran])
    yield ""
    yield (
        "Adapters that inherit the same code are named with the finding, under *also*. "
        "The scripts stand in [findings/](findings), with `wire.py`, a provider on this "
        "machine that says what it is told; none needs the harness, and each ends with 0 "
        "while the defect is there, with 1 when it is not. This page is written by "
        "`python -m tests.write_findings`, from their docstrings and what they print."
    )
    yield ""
    yield "| | adapter | finding | class | case | public thread |"
    yield "|---|---|---|---|---|---|"
    for number, one in enumerate(ran, 1):
        said = one.finding
        cells = (said.adapter, f"[{said.what}](#{number})", said.fields["Class"])
        yield f"| {number} | {' | '.join(cells)} | `{said.fields['Case']}` | {_thread(said)} |"
    for number, one in enumerate(ran, 1):
        yield from _section(number, one)


def _counts(found: list[Finding]) -> str:
    new = sum(one.fields["Thread"] == NO_THREAD for one in found)
    own = sum(one.own_thread for one in found)
    return (
        f"{len(found)} defects of released adapters that the suites found, each confirmed "
        f"by a script of its own. For {new} of them we know of no public thread; {own} have "
        f"one in the adapter's own project, and for {len(found) - new - own} the thread is "
        "one of another project with the same class of defect."
    )


def _thread(finding: Finding) -> str:
    if finding.fields["Thread"] == NO_THREAD:
        return "no"
    whose = "yes" if finding.own_thread else "elsewhere"
    return f"[{whose}]({finding.fields['Thread']})"


def _section(number: int, ran: Ran) -> Iterator[str]:
    fields = ran.finding.fields
    yield ""
    yield f'## <a id="{number}"></a>{number}. {ran.finding.title}'
    yield ""
    yield f"- case: `{fields['Case']}`, class {fields['Class']}"
    yield f"- the wire said: {fields['Wire']}"
    yield f"- the adapter made of it: {fields['Made']}"
    yield f"- why it matters: {fields['Matters']}"
    elsewhere = " (another project, the same class)"
    known = fields["Thread"] == NO_THREAD or ran.finding.own_thread
    yield f"- public thread: {fields['Thread']}{'' if known else elsewhere}"
    if "Also" in fields:
        yield f"- also: {fields['Also']}"
    yield f"- [findings/{ran.finding.name}.py](findings/{ran.finding.name}.py) prints"
    yield ""
    yield "```"
    yield from ran.printed.splitlines()
    yield "```"


def main(names: list[str]) -> None:
    """Run them all, or those named, and write the page where all were run."""
    wanted = [f for f in findings() if not names or f.name in names]
    with ThreadPoolExecutor(2) as pool:
        ran = [*pool.map(run, wanted)]
    for one in ran:
        if not one.confirmed:
            print(f"NOT CONFIRMED {one.finding.name}\n{one.printed[-600:]}\n")
        elif names:
            print(f"{one.finding.name}\n{one.printed}\n")
    print(sum(one.confirmed for one in ran), "of", len(ran), "confirmed")
    if not names:
        PAGE.write_text("\n".join(page(ran)) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
