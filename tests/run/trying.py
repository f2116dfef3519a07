"""What the tests of this floor share: suites as text, tried on an adapter at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from harness import __version__
from harness.adapters.reference import Reference
from harness.cassette.tape import Tape
from harness.errors import CassetteError, Place, Problem
from harness.message.parts import ToolResultPart
from harness.providers import PROVIDERS
from harness.run.door import Ask, Reply, Session, Who
from harness.run.runner import Result, Trial, run
from harness.suite.case import Case
from harness.wire.http import Transport
from tests.suite.reading import read, suite_of

REFERENCE = Reference(PROVIDERS, __version__)
HELLO = "provider: anthropic\nprompt: Hi\nsays: {parts: [{type: text, text: Hello}]}\n"


def no_tape(case: Case) -> Tape:
    """There is none."""
    raise CassetteError(Problem(Place("c"), "H501", f"{case.cassette} does not exist"))


TRIAL = Trial(REFERENCE, PROVIDERS, no_tape)


def tried(fields: str, trial: Trial = TRIAL, head: str = "") -> Result:
    """What comes of the only case of a suite."""
    (case,) = read(suite_of(fields, head)).cases
    return run(case, trial)


def tried_all(text: str, trial: Trial = TRIAL) -> dict[str, Result]:
    """What comes of every case of a suite, by its name."""
    return {case.name: run(case, trial) for case in read(text).cases}


def checks(result: Result) -> list[str]:
    """The ids of the checks that failed."""
    return [failure.check for failure in result.failures]


@dataclass
class Puppet:
    """An adapter that answers as it is told, whatever the wire says."""

    answer: Callable[[Transport, Ask], Reply]
    results: Callable[[], Sequence[ToolResultPart]] = tuple
    name: str = "puppet"
    version: str = "0"
    capabilities: frozenset[str] = REFERENCE.capabilities
    providers: frozenset[str] = field(default_factory=lambda: frozenset(PROVIDERS))

    def open(
        self, who: Who, door: Transport, run_tool: Callable[[str, object], str]
    ) -> Session:
        """A conversation with the puppet."""
        return Strings(self, door)


@dataclass
class Strings:
    """One conversation with a puppet."""

    puppet: Puppet
    door: Transport

    def prompt(self, ask: Ask) -> Reply:
        """As told."""
        return self.puppet.answer(self.door, ask)

    def reply(self, ask: Ask) -> Reply:
        """As told, again."""
        return self.puppet.answer(self.door, ask)

    def execute_tool_calls(self) -> Sequence[ToolResultPart]:
        """As told."""
        return self.puppet.results()

    def rehydrate(self) -> None:
        """Nothing is kept, so nothing is lost."""

    def close(self) -> None:
        """Nothing is open."""


def trial_of(adapter: Puppet, **settings: object) -> Trial:
    """A trial of a puppet."""
    given: Mapping[str, object] = {"cuts": (), **settings}
    return Trial(adapter, PROVIDERS, no_tape, **given)  # type: ignore[arg-type]  # each test gives what fits
