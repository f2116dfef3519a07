"""Taking: recordings made over the network, because somebody asked for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.errors import ConnectionLost, HarnessError, UsageError
from harness.providers import PROVIDERS
from harness.rig.keys import Keys
from harness.rig.live import Live
from harness.run import report
from harness.run.door import Adapter
from harness.run.runner import Trial, not_tried
from harness.shell.files import inside, save_tape
from harness.shell.project import Project
from harness.suite.case import Case


class NotKept(HarnessError):
    """A recording on which its case does not pass; the message is the whole report."""

    def __init__(self, case: Case, why: Iterable[str]) -> None:
        at, message = case.cassette_at or case.at, f"{case.cassette} was not kept"
        lines = report.problem(case.source.problem(at, "record", message))
        super().__init__("\n".join([*lines, "", *why]).rstrip())


@dataclass(slots=True)
class Recorder:
    """Records what cases of a project need: each cassette once a session.

    ``mode`` is ``none``, ``missing`` or ``all``.
    """

    project: Project
    adapter: Adapter
    mode: str
    done: set[str] = field(default_factory=set)

    def record(self, case: Case, trial: Trial) -> None:
        """Record the cassette of a case, if it is to be.

        Raises:
            NotKept: where what came is not to be kept.
            CassetteError: where it cannot be written.
            UsageError: where nothing came, there is no key, or the adapter does not
                go on.
        """
        if self.mode == "none" or case.cassette is None or case.cassette in self.done:
            return
        there = inside(self.project.root, case.cassette).exists()
        if (there and self.mode == "missing") or not_tried(case, trial) is not None:
            return
        self.done.add(case.cassette)
        keys = Keys(None)
        live = Live(self.adapter, PROVIDERS, keys, rules=self.project.rules)
        try:
            taken = live.take(case)
        except ConnectionLost as error:
            raise UsageError(f"no answer for {case.cassette}: {error}") from error
        why = [*live.refused([case], taken)]
        if why:
            raise NotKept(case, why)
        root, fold = self.project.root, self.project.fold
        save_tape(root, case.cassette, taken.tape, keys.secrets(), fold)
