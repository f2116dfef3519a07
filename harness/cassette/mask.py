"""Masks: what tells too much in a text, and the one word that stands there instead.

What is masked depends on the text alone, so that the same text is always masked the
same way. All places count in bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TypeAlias

from harness.cassette.secret import MASK, PEM, is_random, keys, places

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
    for start, end in _telling(text):
        if text[start:end] != MASK:
            yield start, end
    for own in more:
        group = "mask" if "mask" in own.groupindex else 0
        for match in own.finditer(body):
            if match[group] not in (b"", MASK.encode()):
                yield match.span(group)


def _telling(text: str) -> Iterator[Span]:
    for start, end, kind in keys(text):
        # The scheme of an Authorization header is no secret, nor is a file's head.
        is_open = kind.endswith(" ") or kind == PEM
        yield start + (len(kind) if is_open else 0), end
    lower = text.lower()
    for words, pattern in TELLING:
        for word in words:
            for at in places(lower, word):
                match = pattern.match(text, at)
                if match:
                    yield match.span("mask")
    yield from _members(text, lower)
    yield from _parameters(text, lower)
    if "@" in text or "%40" in text:
        yield from _addresses(text)


def _members(text: str, lower: str) -> Iterator[Span]:
    """What JSON calls a secret or an account, also where it is JSON in JSON."""
    for word in MEMBERS:
        for at in places(lower, f'"{word}'):
            match = MEMBER.match(text, at)
            if match:
                start = match.end()
                end = _closing(text, start, len(match["depth"]))
                if end - start >= SHORTEST_MEMBER:
                    yield start, end


def _closing(text: str, start: int, depth: int) -> int:
    """Where a text ends whose quotes have so many backslashes; or the start."""
    for quote in QUOTE.finditer(text, start):
        more = len(quote["depth"]) - depth if quote["depth"] is not None else -1
        if more < 0:  # the JSON around it ends first: the rest comes later
            break
        if more % (2 * (depth + 1)) == 0:
            return quote.end() - 1 - depth
    return start


def _parameters(text: str, lower: str) -> Iterator[Span]:
    """Secrets in the addresses and the forms that a text holds."""
    for word in PARAMETERS:
        for at in places(lower, word):
            value = PARAMETER_VALUE.match(text, at + len(word))
            before = text[max(0, at - LONGEST_PARAMETER) : at + len(word)]
            if value and is_random(value[0]) and PARAMETER.search(before):
                yield value.span()


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

NAMES = (
    r"(?:x[-_](?:goog[-_])?)?api[-_]?key|"
    r"(?:access|refresh|id|auth|session|bearer)[-_]?token|"
    r"client[-_]?secret|secret(?:[-_]?(?:access[-_]?)?key)?|private[-_]?key|password|"
    r"passwd|authorization|cookie|set-cookie|"
    r"(?:account|organi[sz]ation|org|tenant|workspace|billing)[-_]?(?:id|uuid)"
)
"""What members are called that hold a secret, or an account."""

MEMBERS = (
    *("access", "account", "api", "auth", "bearer", "billing", "client", "cookie"),
    *("id_token", "id-token", "idtoken", "org", "passw", "private", "refresh"),
    *("secret", "session", "set-cookie", "tenant", "workspace", "x-", "x_"),
)
"""How those names begin."""

MEMBER = re.compile(
    rf'(?i)"(?:{NAMES})(?P<depth>\\*)"(?:\s|\\+[nrt])*:(?:\s|\\+[nrt]|\[)*(?P=depth)"'
)
QUOTE = re.compile(r'(?P<depth>\\*)"|\n')
SHORTEST_MEMBER = 4

LONGEST_PARAMETER = 32
PARAMETER = re.compile(
    r"(?i)(?:\A|[?&]|\\u0026)(?:key|api[-_]?key|(?:access|auth|id|refresh)?[-_]?token|"
    r"(?:client[-_]?)?secret|sig|signature|password|assertion|"
    r"x-(?:amz|goog)-(?:signature|credential|security-token))=\Z"
)
PARAMETERS = (
    *("key=", "token=", "secret=", "sig=", "signature=", "password="),
    *("credential=", "assertion="),
)
"""How those names end."""

PARAMETER_VALUE = re.compile(r"[^&#\s\"'\\<>]{6,}")

HEX = "[0-9a-fA-F]"
UUID = rf"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}"
RANDOM = r"(?=[a-z]*[A-Z0-9])[A-Za-z0-9]"
"""Letters of an id, not of a word."""

TELLING: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (
        ("org-", "org_"),
        re.compile(rf"(?<![\w-])(?P<mask>org[-_]{RANDOM}{{12,}})(?![\w-])"),
    ),
    (("proj_",), re.compile(rf"(?<![\w-])(?P<mask>proj_{RANDOM}{{12,}})(?![\w-])")),
    (("user-",), re.compile(rf"(?<![\w-])(?P<mask>user-{RANDOM}{{20,}})(?![\w-])")),
    (
        ("organi", "workspace"),
        re.compile(
            rf"(?i)(?:organi[sz]ation|workspace)[^\"\n]{{0,60}}?(?P<mask>{UUID})"
        ),
    ),
    (
        ("arn:aws",),
        re.compile(r"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(?P<mask>\d{12})(?=:)"),
    ),
    (
        ("arn%3aaws",),
        re.compile(r"(?i)arn%3Aaws[a-z-]*(?:%3A[a-z0-9-]*){2}%3A(?P<mask>\d{12})"),
    ),
    (
        ("projects/",),
        re.compile(r"projects/(?P<mask>\d{6,}|[^/\"\s\\]{1,64}(?=/locations/))"),
    ),
    (
        ("project ", "project=", "project number "),
        re.compile(r"(?i)project(?:=| (?:number )?)(?P<mask>\d{8,})(?!\w)"),
    ),
    (
        ("accounts/",),
        re.compile(rf"accounts/(?P<mask>{HEX}{{32}})(?!{HEX})"),
    ),
    (
        ("://",),
        re.compile(r"://[^\s/?#:@\"'\\]{0,64}:(?P<mask>[^\s/?#@\"'\\]{4,256})@"),
    ),
)
"""What tells who somebody is: words it cannot lack, and the group ``mask`` there."""
