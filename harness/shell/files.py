"""Files: read within bounds, written whole or not at all, never outside the project."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from harness.cassette import paper
from harness.cassette.scan import scan, scan_tape
from harness.cassette.secret import secrets_in
from harness.cassette.sheet.blobs import FOLD
from harness.cassette.tape import Tape
from harness.errors import CassetteError, Place, Problem, SpecError, UsageError
from harness.shell import blobs

MOST_BYTES = 32 << 20
"""Bytes of a cassette; recordings with images in them reach a few."""
MOST_CANDIDATES = 5000
"""Files looked at to guess which one was meant."""
SPEC_SUFFIX = ".spec.yaml"


def read_bytes(
    path: Path,
    limit: int,
    name: str | None = None,
    fault: type[CassetteError] | type[SpecError] = CassetteError,
) -> bytes:
    """The whole file, if it is one and holds at most ``limit`` bytes.

    Args:
        path: the file.
        limit: bytes.
        name: what messages call the file, its path unless given.
        fault: what to raise: whose file it is.
    """
    name = name or str(path)
    try:
        # A pipe or a device would make us wait for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise fault(Problem(Place(name), "H501", f"{name} is not a file"))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise fault(_unreadable(path, name, error)) from error
    if len(data) > limit:
        message = f"larger than {limit >> 20} MiB, the most that is read"
        hint = "split it: one file is best read when it holds one thing"
        raise fault(Problem(Place(name), "H507", message, hint))
    return data


def write_atomically(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``: the old file, or the new one, and nothing between.

    A file that was there keeps its permissions, a link stays a link.

    Raises:
        OSError: if it cannot be written; the old file is then untouched.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.parent / f".{os.urandom(8).hex()}.tmp"
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            draft.chmod(stat.S_IMODE(path.stat().st_mode))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def inside(root: Path, path: str | Path) -> Path:
    """The file ``path`` names, relative to the project at ``root``.

    Raises:
        CassetteError: if it is absolute or leads out of the project, be it by
            ``..`` or through a link.
    """
    shown = str(path)
    try:
        whole = root.resolve()
        found = (whole / path).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        message = f"{shown!r} is no path: {error}"
        raise CassetteError(Problem(Place(shown), "H505", message)) from error
    home = found.is_relative_to(whole)
    if home and not Path(path).is_absolute():
        return found
    message = f"{shown} is absolute" if home else f"{shown} is outside the project"
    inner = found.relative_to(whole).as_posix() if home else "cassettes/..."
    hint = f"write it relative to the project: {inner}"
    raise CassetteError(Problem(Place(shown), "H505", message, hint))


def load_tape(root: Path, path: str | Path, *, edited: bool = False) -> Tape:
    """The tape in a cassette of the project at ``root``.

    Args:
        root: the project's folder.
        path: relative to it.
        edited: whether its requests may be others than those that were recorded.

    Raises:
        CassetteError: if it is missing, outside, too large or damaged.
    """
    found, shown = inside(root, path), Path(path).as_posix()
    try:
        data = read_bytes(found, MOST_BYTES, shown)
    except CassetteError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
        raise CassetteError(_missing(root.resolve(), found, shown)) from error
    return paper.load(data, shown, blobs.fetcher(found), edited=edited)


def save_tape(
    root: Path,
    path: str | Path,
    tape: Tape,
    environment: Mapping[str, str],
    fold: int | None = FOLD,
) -> None:
    """Write the tape to a cassette of the project at ``root``, or leave all as it is.

    Args:
        root: the project's folder.
        path: relative to it.
        tape: already redacted.
        environment: where keys may stand whose values must not be written.
        fold: letters from which base64 is written to a file of its own; ``None``:
            never, so that vcrpy can play whatever is recorded.

    Raises:
        CassetteError: if no file can hold the tape, it would hold a secret, or it
            cannot be written.
    """
    found, shown = inside(root, path), Path(path).as_posix()
    data, folded = paper.dump_folded(tape, shown, fold)
    hint = "redact it before it is written; nothing was saved"
    leaking = [*leaks(data, tape, environment, shown, hint)]
    if leaking:
        raise CassetteError(*leaking)
    folder = blobs.blob_folder(found)
    try:
        # Before the cassette, which would be damaged without them.
        for name, run in folded.items():
            write_atomically(folder / name, run)
        write_atomically(found, data)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise CassetteError(Problem(Place(shown), "H511", message)) from error


def find_specs(paths: Iterable[Path]) -> list[Path]:
    """Suite files among ``paths`` and in the folders among them, sorted.

    A file that is named is taken as it is; hidden folders are passed over.

    Raises:
        UsageError: for a path that does not exist.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(f for f in _files(path) if f.name.endswith(SPEC_SUFFIX))
        elif path.exists():
            found.add(path)
        else:
            raise UsageError(f"no such file or folder: {path}")
    return sorted(found)


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        yield from (Path(place, name) for name in sorted(names))


def _unreadable(path: Path, name: str, error: Exception) -> Problem:
    if isinstance(error, FileNotFoundError):
        return Problem(Place(name), "H501", f"{name} does not exist")
    why = error.strerror if isinstance(error, OSError) else str(error)
    return Problem(Place(name), "H501", f"{name} cannot be read: {why}")


def _missing(root: Path, path: Path, shown: str) -> Problem:
    """What to say of a cassette that is not there, with the one that was meant."""
    from difflib import get_close_matches  # only where something is wrong

    folder = path.parent
    while not folder.is_dir() and folder != root:
        folder = folder.parent
    there = (f for f in _files(folder) if f.suffix in (".yaml", ".yml"))
    names = [f.relative_to(root).as_posix() for f in islice(there, MOST_CANDIDATES)]
    close = get_close_matches(path.relative_to(root).as_posix(), names, n=1)
    hint = f"closest: {close[0]}" if close else "correct the path, or say it with says:"
    return Problem(Place(shown), "H501", f"{shown} does not exist", hint)


def leaks(
    data: bytes, tape: Tape, environment: Mapping[str, str], shown: str, hint: str
) -> Iterator[Problem]:
    """The secrets in a cassette, of a known shape or of a value in the environment.

    Args:
        data: the file.
        tape: what it holds.
        environment: where keys may stand.
        shown: what messages call the file.
        hint: what to do about it.
    """
    known = secrets_in(environment)
    text = data.decode(errors="replace")
    found = [*scan(text, known, shown), *scan_tape(tape, known, text, shown)]
    # One secret in a line may be read there in several ways.
    first = {(f.place.line, f.what.partition(",")[0]): f for f in reversed(found)}
    for leak in sorted(first.values(), key=lambda leak: leak.place.line):
        yield Problem(leak.place, "H508", f"the cassette holds {leak.what}", hint)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
