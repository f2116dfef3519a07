"""Blobs: long base64, written once beside the cassettes and named by its SHA-256.

A body that has some is folded: it is written as text of the tag ``!folded``, in which
``{blob sha256:<64 hex> <bytes>}`` stands for each. The tag is what makes it one, so
no other body can be mistaken for it; and it is why vcrpy and pytest-recording refuse
such a file instead of playing what stands there for the body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import TypeAlias

from harness.cassette._flaw import Flaw, Way
from harness.cassette._yaml import Folded

Fetch: TypeAlias = Callable[[str], bytes | None]
"""Gives the blob of that name, 64 hexadecimal digits; ``None`` if there is none."""

FOLD = 64 << 10
"""Letters from which base64 is folded, unless one says otherwise.

What a person reads or a wire asserts (signatures, encrypted thoughts, thumbnails) is
shorter, so nearly every recording can be played by vcrpy as it is; a run that is
longer is one line that no diff shows.
"""

LEAST = 4096
"""Letters that must be there for anything to be folded: below, text is no longer."""


def fold(body: bytes, least: int) -> tuple[Folded, dict[str, bytes]] | None:
    """The body with its long base64 taken out, and what was taken, by name.

    Args:
        body: text, or bytes that are none, which are then taken out whole.
        least: letters of base64, of either alphabet, or bytes of what is no text.

    Returns:
        ``None`` where there is nothing to take out, or where the body has text in it
        that looks as if something had been.
    """
    least = max(least, LEAST)
    if len(body) < least or BEGINS in body:
        return None
    blobs: dict[str, bytes] = {}

    def taken(run: bytes) -> bytes:
        name = sha256(run).hexdigest()
        blobs[name] = run
        return b"{blob sha256:%s %d}" % (name.encode(), len(run))

    try:
        body.decode()
    except UnicodeDecodeError:
        return Folded(taken(body).decode()), blobs
    # A run is looked at from its first letter only, or runs a little too short would
    # be read once for each of their letters.
    letter = rb"[A-Za-z0-9+/_-]"
    runs = re.compile(rb"(?<!%s)%s{%d,}+={0,2}" % (letter, letter, least))
    text = runs.sub(lambda match: taken(match[0]), body).decode()
    return (Folded(text), blobs) if blobs else None


def unfold(folded: Folded, blob: Fetch | None, at: Way, most: int) -> bytes:
    """The body as it was.

    Raises:
        Flaw: where a blob is missing, is not what its name says, or all of them
            together are more than ``most`` bytes.
    """
    text = folded.text.encode(errors="replace")
    standing = [*_standing(text)]
    if len(standing) != max(1, text.count(BEGINS)):
        message = "the body is folded, but nothing in it stands for a blob"
        if standing:
            message = "the body is folded, and not all that begins like a blob is one"
        raise Flaw(at, "H503", message, "delete the tag !folded, or record it again")
    if sum(size for _, size in standing) > most:
        raise Flaw(at, "H507", "the body unfolds to more than a tape may hold")
    sizes = dict(standing)
    held = {name: _fetched(name, size, blob, at) for name, size in sizes.items()}
    return STANDS.sub(lambda match: held[match["name"].decode()], text)


def names(folded: Folded) -> set[str]:
    """The blobs that stand in a folded body."""
    return {name for name, _ in _standing(folded.text.encode(errors="replace"))}


def _standing(text: bytes) -> Iterator[tuple[str, int]]:
    for match in STANDS.finditer(text):
        yield match["name"].decode(), int(match["size"])


def _fetched(name: str, size: int, blob: Fetch | None, at: Way) -> bytes:
    if blob is None:
        message = f"blob {name[:12]}… is wanted, and there is no folder of blobs"
        raise Flaw(at, "H512", message, "read it as a file of its project")
    held = blob(name)
    again = f"restore blobs/{name}, or record it again"
    if held is None:
        raise Flaw(at, "H512", f"blob {name[:12]}… is missing", again)
    if sha256(held).hexdigest() != name:
        raise Flaw(at, "H513", f"blob {name[:12]}… is damaged", again)
    if len(held) != size:
        message = f"blob {name[:12]}… has {len(held)} bytes, not {size}"
        raise Flaw(at, "H513", message, f"write {len(held)}, or record it again")
    return held


BEGINS = b"{blob sha256:"
STANDS = re.compile(rb"\{blob sha256:(?P<name>[0-9a-f]{64}) (?P<size>[0-9]{1,10})\}")
"""What stands for a blob."""
