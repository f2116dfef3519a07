"""Masks: what tells too much in a text, and the one word that stands there instead.

What is masked depends on the text alone, so that the same text is always masked the
same way. All places count in bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TypeAlias

from harness.cassette.secret import MASK, keys

Span: TypeAlias = tuple[int, int]
"""Where something begins, and where it ends."""

More: TypeAlias = Sequence[re.Pattern[bytes]]
"""What a project wants masked beside: its group ``mask``, or all that matches."""


def masked(text: str, more: More = ()) -> str:
    """The text with its secrets, accounts and addresses masked."""
    return masked_bytes(text.encode(errors="surrogateescape"), more).decode(
        errors="surrogateescape"
    )


def masked_bytes(body: bytes, more: More = ()) -> bytes:
    """The same of bytes."""
    return b"".join(masked_chunks((body,), more)[0])


def masked_chunks(
    chunks: tuple[bytes, ...], more: More = (), delays: tuple[int, ...] = ()
) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """Chunks cut at the same places of what is left, and the delays that fit them."""
    for _ in range(MOST_PASSES):
        body = b"".join(chunks)
        spans = _merged(_spans(body, more))
        if not spans:
            break
        # Once more, since what is left may look like an address only now.
        chunks, delays = _recut(body, chunks, delays, spans)
    return chunks, delays


def _recut(
    body: bytes, chunks: tuple[bytes, ...], delays: tuple[int, ...], spans: list[Span]
) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    whole = bytearray()
    place = 0
    for start, end in spans:
        whole += body[place:start] + MASK.encode()
        place = end
    whole += body[place:]
    edges = [*_moved(accumulate(map(len, chunks), initial=0), spans)]
    pieces = [bytes(whole[start:end]) for start, end in pairwise(edges)]
    kept = [n for n, piece in enumerate(pieces) if piece or not chunks[n]]
    if not delays or len(kept) == len(pieces):
        return tuple(pieces[n] for n in kept), delays
    waits = list(delays)
    for n in range(len(pieces) - 1):
        if n not in kept:  # a wait is part of the next one's
            waits[n + 1] += waits[n]
    return tuple(pieces[n] for n in kept), tuple(waits[n] for n in kept)


def _moved(edges: Iterator[int], spans: list[Span]) -> Iterator[int]:
    """Where cuts are once each span is a mask; one inside stays inside if it can."""
    left = [*reversed(spans)]
    shift = 0
    for edge in edges:
        while left and left[-1][1] <= edge:
            start, end = left.pop()
            shift += len(MASK) - (end - start)
        if left and left[-1][0] < edge:
            start = left[-1][0]
            yield start + shift + min(edge - start, len(MASK))
        else:
            yield edge + shift


def _merged(spans: Iterator[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _spans(body: bytes, more: More) -> Iterator[Span]:
    # One letter a byte: all that is looked for is ASCII.
    text = body.decode("latin-1")
    for start, end, kind in keys(text):
        # The scheme of an Authorization header is no secret.
        yield start + (len(kind) if kind.endswith(" ") else 0), end
    for pattern, mark in TELLING:
        if mark in text:
            yield from (match.span("mask") for match in pattern.finditer(text))
    if "@" in text or "%40" in text:
        yield from _addresses(text)
    for own in more:
        group = "mask" if "mask" in own.groupindex else 0
        for match in own.finditer(body):
            if match[group] not in (b"", MASK.encode()):
                yield match.span(group)


def _addresses(text: str) -> Iterator[Span]:
    """E-mail addresses, found from their middle."""
    for match in DOMAIN.finditer(text):
        before = text[max(0, match.start() - LONGEST_NAME) : match.start()]
        name = NAME.search(before)
        if name is None or RESERVED.search(match["domain"]):
            continue
        start = match.start() - len(name[0])
        # In JSON the first letters may belong to an escape: \n or \u00e9.
        escape = ESCAPE.match(text, max(0, start - 1))
        if escape and escape.end() <= match.start():
            start = escape.end()
        if text[start : match.start()] not in ("", "git"):
            yield start, match.end()


MOST_PASSES = 20
"""How often what is left is looked at: a project's own pattern may match for ever."""

LONGEST_NAME = 64
NAME = re.compile(r"[A-Za-z0-9._%+-]+$")
DOMAIN = re.compile(
    r"(?:@|%40)(?P<domain>[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24})"
    r"(?![A-Za-z0-9-])"
)
RESERVED = re.compile(
    r"(?i)(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost)$"
)
"""Domains that nobody has: RFC 2606."""

ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|[nrtbf])")

SECRET_MEMBERS = (
    r"(?:x[-_])?api[-_]?key|(?:access|refresh|id|auth|session|bearer)[-_]?token|"
    r"client[-_]?secret|secret(?:[-_]?(?:access[-_]?)?key)?|private[-_]?key|password|"
    r"passwd|authorization|cookie|set-cookie"
)
ACCOUNT_MEMBERS = (
    r"(?:account|organi[sz]ation|org|tenant|workspace|billing)[-_]?(?:id|uuid)"
)
VALUE = r'(?:\\\\\\"|(?!(?P=q))(?:\\.|[^"\\]))'
"""A letter of a JSON text, or an escape, also where it is JSON in JSON."""

HEX = "[0-9a-fA-F]"
UUID = rf"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}"

TELLING: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            rf'(?i)(?P<q>\\*")(?:{SECRET_MEMBERS}|{ACCOUNT_MEMBERS})(?P=q)\s*:\s*'
            rf'(?P=q)(?!{MASK}\\*")(?P<mask>{VALUE}{{4,}})(?P=q)'
        ),
        '"',
    ),
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<mask>[^-]*[A-Za-z0-9+/]{9,}[^-]*)"
            r"-----END"
        ),
        "PRIVATE KEY-----",
    ),
    (re.compile(r"(?<![\w-])(?P<mask>org-[A-Za-z0-9]{12,})(?![\w-])"), "org-"),
    (re.compile(r"(?<![\w-])(?P<mask>proj_[A-Za-z0-9]{12,})(?![\w-])"), "proj_"),
    (re.compile(r"(?<![\w-])(?P<mask>user-[A-Za-z0-9]{20,})(?![\w-])"), "user-"),
    (
        re.compile(
            rf"(?i)(?:organi[sz]ation|workspace)[^\"\n]{{0,60}}?(?P<mask>{UUID})"
        ),
        "-",
    ),
    (
        re.compile(r"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(?P<mask>\d{12})(?=:)"),
        "arn:aws",
    ),
    (
        re.compile(r"(?i)arn%3Aaws[a-z-]*(?:%3A[a-z0-9-]*){2}%3A(?P<mask>\d{12})"),
        "aws",
    ),
    (re.compile(r"projects/(?P<mask>\d{6,}|[^/\"\s\\]+(?=/locations/))"), "projects/"),
    (re.compile(rf"accounts/(?P<mask>{HEX}{{32}})(?!{HEX})"), "accounts/"),
)
"""What tells who somebody is, the group ``mask`` of it, and a word it cannot lack."""

# A mask is no secret: whatever a pattern says.
TELLING = tuple(
    (re.compile(p.pattern.replace("(?P<mask>", f"(?P<mask>(?!{MASK})", 1), p.flags), m)
    for p, m in TELLING
)
