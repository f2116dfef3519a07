"""Keeping: what came from upstream, in a cassette and on the shelf."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import PurePosixPath

from harness import __version__
from harness.cassette.tape import Tape, settled
from harness.errors import CassetteError
from harness.providers import PROVIDERS
from harness.serve.reply import Asked
from harness.serve.stock.recording import of_tape
from harness.serve.stock.shelf import Shelf
from harness.shell.files import save_tape
from harness.shell.project import Project
from harness.shell.recording import taped
from harness.shell.taps.line import Heard

UNSAFE = re.compile(r"[^\w.=+-]+")
"""What a file's name does not have."""

LONGEST_NAME = 80


@dataclass(slots=True)
class Keeper:
    """Writes a cassette for each scope, or for each request that is of none.

    Attributes:
        project: whose rules of redaction they are written by.
        folder: where they go, relative to it.
        shelf: where they are put to be served from then on.
        tell: says what was kept, and what was not and why.
        failing: whether errors are kept, too.
    """

    project: Project
    folder: str
    shelf: Shelf
    tell: Callable[[str], None]
    failing: bool = False
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _heard: dict[str, list[Heard]] = field(default_factory=dict)

    def keep(self, heard: Heard, asked: Asked) -> None:
        """Write an answer down, unless it is none to keep."""
        name = f"{self.folder}/{_name(asked)}.yaml"
        told = [*self._heard.get(name, ()), heard] if asked.scope else [heard]
        rules = self.project.rules
        tape = settled(taped(told, PROVIDERS, rules, version=__version__))
        response = tape.exchanges[-1].response
        if heard.hung_up and response.ending != "eof":
            self.tell(f"not kept  {name}: the client hung up before its end")
            return
        if response.status >= 400 and not self.failing:
            why = f"answered {response.status}; --keep-failing keeps it"
            self.tell(f"not kept  {name}: {why}")
            return
        root, fold = self.project.root, self.project.fold
        try:
            save_tape(root, name, tape, self.environment, fold)
        except CassetteError as error:
            self.tell(f"not kept  {name}: {error}")
            return
        if asked.scope:
            self._heard[name] = told
        last = [*of_tape(tape, name)][-1]
        self.shelf.add([last])
        self.tell(f"recorded  {name}   {_measured(tape)}")


def _name(asked: Asked) -> str:
    """``SCOPE``, or ``PROVIDER/MODEL-DIGEST`` of what was asked."""
    if asked.scope:
        return UNSAFE.sub("-", asked.scope)[:LONGEST_NAME]
    request = asked.request
    said = f"{request.method} {request.url} ".encode() + request.body
    digest = blake2b(said, digest_size=5).hexdigest()
    provider = asked.provider.name if asked.provider else "other"
    model = asked.turn.model if asked.turn else PurePosixPath(request.url).name
    return f"{provider}/{UNSAFE.sub('-', model)[:LONGEST_NAME]}-{digest}"


def _measured(tape: Tape) -> str:
    last = tape.exchanges[-1].response
    size = sum(map(len, last.chunks))
    return f"{last.status}, {len(last.chunks)} chunks, {size} bytes"
