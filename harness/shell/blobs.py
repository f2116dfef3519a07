"""Blobs on disk: where those of a cassette are, fetched by name, and listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from harness.cassette.sheet.blobs import STANDS, Fetch

MOST_BYTES = 64 << 20
"""Bytes of a blob: what all bodies of a tape may hold together."""

FOLDER = "blobs"
HOME = "cassettes"


def blob_folder(cassette: Path) -> Path:
    """Where the blobs of a cassette are.

    In the nearest folder above it that is called ``cassettes``, so that one picture
    shown to ten providers is kept once; or else beside it.
    """
    above = (folder for folder in cassette.parents if folder.name == HOME)
    return next(above, cassette.parent) / FOLDER


def fetcher(cassette: Path) -> Fetch:
    """Fetches the blobs of a cassette; what is no regular file there is missing."""
    folder = blob_folder(cassette)

    def fetch(name: str) -> bytes | None:
        path = folder / name
        # A pipe would make us wait for ever; "../x" is no name of a blob.
        if not NAME.fullmatch(name) or not path.is_file():
            return None
        try:
            with path.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except OSError:
            return None

    return fetch


def orphans(home: Path) -> Iterator[Path]:
    """Blobs below a folder that no cassette of theirs has folded out, sorted."""
    files = [path for path in sorted(home.rglob("*")) if path.is_file()]
    held = [p for p in files if p.parent.name == FOLDER and NAME.fullmatch(p.name)]
    if not held:
        return
    wanted = {
        blob_folder(path) / match["name"].decode()
        for path in files
        if path.suffix in (".yaml", ".yml")
        for match in STANDS.finditer(path.read_bytes())
    }
    yield from (path for path in held if path not in wanted)


NAME = re.compile(r"[0-9a-f]{64}")
