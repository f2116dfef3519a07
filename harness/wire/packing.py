"""Content codings: a body unpacked as its pieces come."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Protocol

MOST = 64 << 20


class Unpacker:
    """Takes the content encoding off a body as its pieces come."""

    def __init__(self, codings: str | None, most: int = MOST) -> None:
        names = [n.strip().lower() for n in (codings or "").split(",")]
        self._steps = [_step(n) for n in reversed(names) if n not in ("", "identity")]

    def feed(self, piece: bytes) -> bytes:
        for step in self._steps:
            piece = step(piece)
        return piece

    def end(self) -> bytes:
        return b""


def _step(name: str) -> Callable[[bytes], bytes]:
    if name == "br":
        import brotli

        d = brotli.Decompressor()
        return d.process
    if name == "zstd":
        import zstandard

        return zstandard.ZstdDecompressor().decompressobj().decompress
    d2 = zlib.decompressobj(wbits=31 if name == "gzip" else 15)
    return d2.decompress
