"""The suites that ship, and a trial of the reference on them."""

from __future__ import annotations

from pathlib import Path

from harness import __version__
from harness.adapters.reference import Reference
from harness.providers import PROVIDERS
from harness.run.runner import Trial
from harness.shell.project import Project, suites, tape_of
from harness.shell.transport import replayed

ROOT = Path(__file__).parent.parent.parent.parent
PROJECT = Project(ROOT)
SUITES, PROBLEMS = suites(PROJECT, [str(ROOT / "specs")], PROVIDERS, ROOT)
CASES = [case for suite in SUITES for case in suite.cases]
TRIAL = Trial(
    Reference(PROVIDERS, __version__),
    PROVIDERS,
    lambda case: tape_of(PROJECT, case),
    watch=replayed,
)
