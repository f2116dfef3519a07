"""Redact: what may stand on a tape that others will read, and what must not.

Headers are kept by an allow-list, both ways, since nobody can list all that tells
too much (cookies, organisation and project ids). In the URL, the bodies and what is
kept of the headers, secrets, accounts and e-mail addresses are masked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from harness.cassette.mask import More, masked, masked_bytes, masked_chunks
from harness.cassette.secret import MASK
from harness.cassette.tape import Exchange
from harness.errors import WireError
from harness.wire import eventstream
from harness.wire.http import Headers, Response, header


@dataclass(frozen=True, slots=True)
class Rules:
    """What a project wants beside: headers to keep, as ``x-foo-*``, and masks."""

    headers: tuple[str, ...] = ()
    masks: More = ()


def redact(exchange: Exchange, rules: Rules | None = None) -> Exchange:
    """The exchange with harmless headers only, and masks where secrets were."""
    rules = rules or Rules()
    request, response = exchange.request, exchange.response
    return Exchange(
        replace(
            request,
            url=masked(_masked_url(request.url), rules.masks),
            headers=_masked_headers(request.headers, rules),
            body=_masked_body(request.body, rules),
        ),
        _masked_answer(response, rules),
    )


def harmless(headers: Headers, more: tuple[str, ...] = ()) -> Headers:
    """Those headers that tell nothing of who sent them, whatever their case."""
    return tuple((n, v) for n, v in headers if _is_harmless(n.lower(), more))


def _is_harmless(name: str, more: tuple[str, ...]) -> bool:
    kinds = (*HARMLESS_KINDS, *more)
    return name in HARMLESS or any(fnmatchcase(name, glob.lower()) for glob in kinds)


def _masked_headers(headers: Headers, rules: Rules) -> Headers:
    kept = harmless(headers, rules.headers)
    return tuple((name, masked(value, rules.masks)) for name, value in kept)


def _masked_url(url: str) -> str:
    return SECRET_QUERY.sub(rf"\1{MASK}", USER_INFO.sub(r"\1", url))


def _masked_body(body: bytes, rules: Rules) -> bytes:
    return masked_bytes(body, rules.masks) if _is_text(body) else body


def _masked_answer(response: Response, rules: Rules) -> Response:
    chunks, delays = response.chunks, response.delays
    if EVENTSTREAM in (header(response.headers, "content-type") or ""):
        chunks, delays = _masked_frames(chunks, delays, rules)
    elif _is_text(b"".join(chunks)):
        chunks, delays = masked_chunks(chunks, rules.masks, delays)
    headers = _masked_headers(response.headers, rules)
    return replace(response, headers=headers, chunks=chunks, delays=delays)


def _masked_frames(
    chunks: tuple[bytes, ...], delays: tuple[int, ...], rules: Rules
) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """Frames with what they hold masked, and their checksums made anew.

    Only where there is something to mask: then each frame is a chunk, since the old
    cuts mean nothing in new bytes, and the waits of them all come first.
    """
    try:
        frames = [*eventstream.read(chunks)]
    except WireError:
        return chunks, delays  # not to be read by anyone; the scan still looks
    new = [frame._replace(data=masked(frame.data, rules.masks)) for frame in frames]
    if new == frames:
        return chunks, delays
    written = tuple(eventstream.write(new))
    waits = (sum(delays), *(0 for _ in written[1:])) if delays and written else ()
    return written, waits


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        # A stream that was cut inside a letter is text up to there.
        return CUT_LETTER.search(body) is not None and _is_text(
            CUT_LETTER.sub(b"", body)
        )
    return True


CUT_LETTER = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z")
EVENTSTREAM = "vnd.amazon.eventstream"

HARMLESS = frozenset(
    {
        "accept",
        "anthropic-beta",
        "anthropic-version",
        "content-encoding",
        "content-type",
        "date",
        "openai-beta",
        "openai-model",
        "openai-processing-ms",
        "openai-version",
        "request-id",
        "retry-after",
        "retry-after-ms",
        "server",
        "user-agent",
        "x-amzn-errortype",
        "x-amzn-requestid",
        "x-request-id",
        "x-should-retry",
    }
)
"""Lengths and connections are left out: they are the transport's to say anew."""

HARMLESS_KINDS = (
    "anthropic-ratelimit-*",
    "ratelimit-*",
    "x-amzn-bedrock-*",
    "x-ratelimit-*",
)

SECRET_QUERY = re.compile(
    r"(?i)([?&](?:key|api[-_]?key|(?:access|auth|id)?[-_]?token|secret|sig|signature|"
    r"password|x-amz-(?:signature|credential|security-token))=)[^&#]*"
)
USER_INFO = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)
