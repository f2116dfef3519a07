"""A child: a program that somebody else wrote, run with the seam around it.

``harness record -- COMMAND`` and ``harness replay CASSETTE -- COMMAND`` start it with
a folder on its ``PYTHONPATH`` that holds a ``sitecustomize``, which calls
:func:`begin` before anything else is imported. What comes of it is written as JSON
lines for the parent to read.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.cassette.deck import Deck
from harness.cassette.tape import Tape, settled
from harness.errors import CassetteError
from harness.shell import transport
from harness.shell.files import load_tape, save_tape
from harness.shell.project import find
from harness.shell.recording import taped
from harness.shell.taps.line import Heard, Listening

STARTUP = Path(__file__).parent / "startup"
"""The folder that goes on ``PYTHONPATH``."""

VARIABLE = "HARNESS_CHILD"
"""The environment variable that tells the child what to do."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a child is to do.

    ``root`` is the project; ``report`` the file its lines go to. It records into
    ``cassette``, without its suffix, and what pytest sends in a test into one in the
    folder of that name; those that are there are replaced only ``again``. Or it plays
    the cassettes in ``plays``, with ``timing``.
    """

    root: str
    report: str
    cassette: str = ""
    again: bool = False
    plays: tuple[str, ...] = ()
    timing: str = "none"
    notes: dict[str, str] = field(default_factory=dict)

    def environment(self, before: dict[str, str]) -> dict[str, str]:
        """The environment of the child."""
        path = [str(STARTUP), before.get("PYTHONPATH", "")]
        return {
            **{name: value for name, value in before.items() if name != TEST},
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
            VARIABLE: json.dumps(asdict(self)),
        }


def begin() -> None:
    """Put the seam around this process, until it ends."""
    said = json.loads(os.environ[VARIABLE])
    errand = Errand(**{**said, "plays": tuple(said["plays"])})
    around = ExitStack()
    if errand.plays:
        _play(errand, around)
    else:
        _record(errand, around)
    atexit.register(around.close)


def _record(errand: Errand, around: ExitStack) -> None:
    line: Listening

    def keep() -> None:
        for cassette, heard in _by_cassette(errand, transport.heard(line)):
            _tell(errand, **_kept(errand, cassette, heard))
        for asked in line.unanswered:
            _tell(errand, what="unanswered", asked=asked)

    around.callback(keep)  # once the seam is off
    line = around.enter_context(transport.listening(lambda: os.environ.get(TEST, "")))
    # A fork has heard nothing of its own yet.
    os.register_at_fork(after_in_child=line.heard.clear)


def _by_cassette(
    errand: Errand, heard: Sequence[Heard]
) -> Iterator[tuple[str, list[Heard]]]:
    """What was heard, by the file it goes to: one a test, or one for all."""
    by_test: dict[str, list[Heard]] = {}
    for one in heard:
        by_test.setdefault(one.during.rpartition(" (")[0], []).append(one)
    for test, found in by_test.items():
        yield _cassette(errand, test), found


def _cassette(errand: Errand, test: str) -> str:
    """``tests/test_a.py::test_b[c]`` is ``FOLDER/test_a/test_b[c].yaml``."""
    folder = errand.cassette
    if not test:
        return f"{folder}.yaml"
    file, _, name = test.partition("::")
    name = UNSAFE.sub("-", name.replace("::", "."))[:LONGEST_NAME]
    return f"{folder}/{Path(file).stem}/{name}.yaml"


def _kept(errand: Errand, cassette: str, heard: Sequence[Heard]) -> dict[str, Any]:
    from harness.providers import PROVIDERS  # only where something was heard

    root = Path(errand.root)
    if (root / cassette).exists() and not errand.again:
        return {"what": "there", "cassette": cassette}
    project = find(root)
    tape = settled(taped(heard, PROVIDERS, project.rules, **errand.notes))
    try:
        save_tape(root, cassette, tape, os.environ, project.fold)
    except CassetteError as error:
        problems = [asdict(problem) for problem in error.problems]
        return {"what": "refused", "cassette": cassette, "problems": problems}
    return {"what": "kept", "cassette": cassette, "exchanges": len(tape.exchanges)}


def _play(errand: Errand, around: ExitStack) -> None:
    root = Path(errand.root)
    tapes = [load_tape(root, path) for path in errand.plays]
    deck = Deck(Tape(tuple(e for tape in tapes for e in tape.exchanges)))

    def tell() -> None:
        _tell(
            errand,
            what="played",
            asked=len(deck.tape.exchanges) - len(deck.left),
            left=deck.left,
            missed=deck.missed,
            drifted=[[n, [one.path for one in found]] for n, found in deck.drifted],
            sockets=played.sockets,
            slept=sum(played.slept),
        )

    around.callback(tell)
    played = around.enter_context(transport.playing(deck.answer, errand.timing))


def _tell(errand: Errand, **said: Any) -> None:
    """One line, whole, whoever else writes to the file."""
    line = json.dumps({**said, "pid": os.getpid()}) + "\n"
    handle = os.open(errand.report, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def complain(error: BaseException) -> None:
    """Say why nothing is recorded here; the program itself runs all the same."""
    print(f"harness: {type(error).__name__}: {error}", file=sys.stderr)


TEST = "PYTEST_CURRENT_TEST"
"""Where pytest says which test it runs."""

UNSAFE = re.compile(r"[^\w.\[\]=+-]+")
LONGEST_NAME = 150
