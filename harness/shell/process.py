"""A process that is talked to in lines of JSON, one answer a line asked."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from queue import Empty, Queue
from threading import Thread
from typing import Any

from harness.errors import UsageError

PATIENCE = 60.0
"""Seconds that a process may take for an answer."""

MOST_SHOWN = 2000
"""Characters of its last words on stderr that are shown."""


class Conversation:
    """A running process: stdin asks, stdout answers, stderr is for people.

    Args:
        command: what is run, and its arguments.
        environment: the variables it has.
        folder: where it runs.

    Raises:
        UsageError: where it cannot be started.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: str
    ) -> None:
        self._name = command[0] if command else ""
        self._spoken = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end()
        try:
            self._process = subprocess.Popen(
                [*command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._spoken,
                env=dict(environment),
                cwd=folder,
            )
        except (OSError, IndexError) as error:
            self._spoken.close()
            raise UsageError(f"{self._name or 'command'}: {error}") from error
        self._lines: Queue[bytes] = Queue()
        Thread(target=self._listen, daemon=True).start()

    def ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Say something, and wait for the answer.

        Raises:
            UsageError: where there is none, in time, or it is no JSON object.
        """
        line = json.dumps(message, ensure_ascii=False).encode() + b"\n"
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
            answer = self._lines.get(timeout=PATIENCE)
        except OSError:
            answer = b""
        except Empty:
            raise UsageError(self._about(f"no answer in {PATIENCE:.0f} s")) from None
        if not answer:
            raise UsageError(self._about(f"it ended with {self._process.wait()}"))
        try:
            said = json.loads(answer)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            shown = answer[:80].decode(errors="replace").rstrip()
            raise UsageError(self._about(f"wanted a JSON object a line, got {shown!r}"))
        return said

    def end(self) -> None:
        """Let it go; killed where it does not go by itself."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._spoken.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self._process.stdout:
                self._lines.put(line)
        self._lines.put(b"")

    def _about(self, what: str) -> str:
        """What went wrong, with the last words on stderr."""
        self._spoken.seek(0)
        words = self._spoken.read().decode(errors="replace").strip()[-MOST_SHOWN:]
        said = f"; it said:\n{words}" if words else ""
        return f"{self._name}: {what}{said}"
