"""Content codings: a body unpacked as its pieces come."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Protocol

MOST = 64 << 20
"""Bytes that one body may unpack to."""


class Unpacker:
    """Takes the content encoding off a body, piece by piece.

    Args:
        codings: the value of ``content-encoding``, such as ``gzip`` or ``br, gzip``.
        most: bytes that may come out.

    Raises:
        ValueError: for a coding that is not known here.
    """

    def __init__(self, codings: str | None, most: int = MOST) -> None:
        names = [name.strip().lower() for name in (codings or "").split(",")]
        names = [name for name in names if name not in PLAIN]
        unknown = [name for name in names if name not in CODINGS]
        if unknown:
            raise ValueError(f"a body packed with {unknown[0]} cannot be read")
        self._steps = [CODINGS[name]() for name in reversed(names)]
        self._room = most

    def feed(self, piece: bytes) -> bytes:
        """All that can be known of the plain body with this piece.

        Raises:
            ValueError: for damage, or for more than may come out.
        """
        for step in self._steps:
            # One byte more than there is room for tells that there is more.
            piece = step.feed(piece, self._room + 1)
            if len(piece) > self._room:
                raise ValueError("the body unpacks to more than a tape may hold")
        self._room -= len(piece)
        return piece

    @property
    def is_whole(self) -> bool:
        """Whether every coding has come to its end."""
        return all(step.is_whole for step in self._steps)


class _Step(Protocol):
    """One coding taken off."""

    @property
    def is_whole(self) -> bool:
        """Whether it has come to its end."""

    def feed(self, piece: bytes, most: int) -> bytes:
        """What comes out, at least ``most`` bytes if there are as many."""


class _Zlib:
    """gzip, of however many members, and deflate, in its wrapper or bare."""

    def __init__(self, bits: int | None) -> None:
        self.is_whole = False
        self._bits = bits
        self._inflater: Any = None
        self._begun = b""

    def feed(self, piece: bytes, most: int) -> bytes:
        """What comes out; of parts, since what follows a member is copied each time."""
        plain = bytearray()  # which grows in place
        for part in _parts(piece):
            if len(plain) >= most:
                break
            plain += self._fed(part, most - len(plain))
        return bytes(plain)

    def _fed(self, piece: bytes, most: int) -> bytes:
        plain = b""
        while piece:
            if self.is_whole:  # another member, or padding
                self._inflater = None
                piece = piece.lstrip(b"\0")
                if not piece:
                    break
                self.is_whole = False
            if self._inflater is None:
                piece = self._begun + piece
                if self._bits is None and len(piece) < len(ZLIB_HEAD):
                    self._begun = piece
                    return plain
                self._begun = b""
                self._inflater = zlib.decompressobj(self._bits or _bits(piece))
            try:
                plain += self._inflater.decompress(piece, most - len(plain) or 1)
            except zlib.error as error:
                raise ValueError(f"the packed body is damaged: {error}") from error
            self.is_whole = self._inflater.eof
            piece = self._inflater.unused_data
        return plain


ZLIB_HEAD = ("CMF", "FLG")
"""The two bytes that tell whether deflate is wrapped."""


def _bits(head: bytes) -> int:
    # "deflate" is the zlib format by RFC 9110, and bare deflate on many servers.
    wrapped = head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS


class _Brotli:
    """br, as the brotli package has it."""

    def __init__(self) -> None:
        import brotli  # type: ignore[import-untyped]  # only where such a body comes

        self._error = brotli.error
        self._unpacker = brotli.Decompressor()

    @property
    def is_whole(self) -> bool:
        """Whether its last block has come."""
        return bool(self._unpacker.is_finished())

    def feed(self, piece: bytes, most: int) -> bytes:
        """What comes out."""
        plain = bytearray()
        try:
            while len(plain) < most:
                came = self._unpacker.process(
                    piece, output_buffer_limit=max(1, most - len(plain))
                )
                plain += came
                piece = b""
                if not came and self._unpacker.can_accept_more_data():
                    break
                if self.is_whole:
                    break
        except self._error as error:
            raise ValueError(f"the packed body is damaged: {error}") from error
        return bytes(plain)


class _Zstd:
    """zstd, as the zstandard package has it."""

    def __init__(self) -> None:
        import zstandard  # only where such a body comes

        self._error = zstandard.ZstdError
        self._new = zstandard.ZstdDecompressor().decompressobj
        self._unpacker = self._new()
        self.is_whole = False

    def feed(self, piece: bytes, most: int) -> bytes:
        """What comes out; a piece is fed in parts, so that no bomb goes off."""
        plain = bytearray()  # which grows in place
        try:
            for part in _parts(piece):
                while part and len(plain) < most:
                    if self.is_whole:  # another frame begins
                        self._unpacker, self.is_whole = self._new(), False
                    plain += self._unpacker.decompress(part)
                    part = self._unpacker.unused_data
                    self.is_whole = self._unpacker.eof
        except self._error as error:
            raise ValueError(f"the packed body is damaged: {error}") from error
        return bytes(plain)


PART = 1024
"""Bytes that are unpacked at once: at most some 30 MB come of them."""


def _parts(piece: bytes) -> list[bytes]:
    return [piece[at : at + PART] for at in range(0, len(piece), PART)]


PLAIN = ("", "identity")

CODINGS: dict[str, Callable[[], _Step]] = {
    "gzip": lambda: _Zlib(zlib.MAX_WBITS | 16),
    "x-gzip": lambda: _Zlib(zlib.MAX_WBITS | 16),
    "deflate": lambda: _Zlib(None),
    "br": _Brotli,
    "zstd": _Zstd,
}
"""How each coding is taken off, by the name that HTTP gives it."""
