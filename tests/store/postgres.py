"""A PostgreSQL server of our own, for as long as it is wanted."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WHERE = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/bin")
"""Where distributions put the programs that are not in PATH."""

INITDB = ("-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

ABSENT = (
    "PostgreSQL's programs initdb and postgres are not installed: "
    "apt-get install postgresql"
)


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, if they are installed."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    for pattern in WHERE:
        folders += sorted(Path("/").glob(pattern.lstrip("/")), reverse=True)
    both = (f for f in folders if (f / "initdb").exists() and (f / "postgres").exists())
    return next(both, None)


@contextmanager
def server(bin: Path) -> Iterator[str]:
    """A fresh server on this machine alone; gives the URL of its database.

    PostgreSQL will not run as root, and neither does this: there, it runs as whoever
    its package made, or else as nobody.
    """
    with tempfile.TemporaryDirectory(prefix="harness-pg-") as name:
        folder = Path(name)
        who = _other(folder)
        data = folder / "data"
        subprocess.run(
            [bin / "initdb", "-D", data, *INITDB],
            check=True,
            capture_output=True,
            cwd=folder,
            **who,
        )
        port = _free_port()
        settings = [
            *("-p", str(port), "-k", name, "-c", "listen_addresses="),
            *("-c", "max_connections=200", "-c", "fsync=off"),
        ]
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen(
                [bin / "postgres", "-D", data, *settings],
                stdout=log,
                stderr=log,
                cwd=folder,
                **who,
            )
        try:
            _wait(running, folder, port)
            yield f"postgresql://tests@/postgres?host={name}&port={port}"
        finally:
            running.send_signal(signal.SIGINT)  # SIGTERM would wait for sessions
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def _other(folder: Path) -> Mapping[str, Any]:
    """Whom to run as, as arguments for a process; the folder is given to them."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, found.pw_uid, found.pw_gid)
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    return {}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait(running: subprocess.Popen[bytes], folder: Path, port: int) -> None:
    """Until it takes connections.

    Raises:
        RuntimeError: if it does not, with all that it said.
    """
    import time

    import psycopg

    for _ in range(200):
        if running.poll() is not None:
            break
        try:
            psycopg.connect(
                host=str(folder), port=port, user="tests", dbname="postgres"
            ).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    said = (folder / "log").read_text(errors="replace")
    raise RuntimeError(f"PostgreSQL did not start: {said}")
