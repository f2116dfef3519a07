"""Digest: one line that says which requests a tape answers."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from harness.cassette.tape import Tape
from harness.wire.http import Request


def request_digest(tape: Tape) -> str:
    """``sha256:`` over the method, path, query and body of every request, in order.

    Hosts are left out, since base URLs are ours to choose, and headers, since
    clients change theirs with every version. A body that is JSON counts as such:
    neither blanks nor the order of its keys matter. Masks count as they stand.
    """
    told = [_told(exchange.request) for exchange in tape.exchanges]
    return f"sha256:{hashlib.sha256(_canonical(told)).hexdigest()}"


def _told(request: Request) -> list[Any]:
    return [request.method.upper(), _target(request.url), _packed(request.body)]


def _target(url: str) -> str:
    """Path and query, as they were written."""
    rest = url.partition("#")[0]
    if "://" in rest:
        rest = rest.partition("://")[2]
        end = next((n for n, letter in enumerate(rest) if letter in "/?"), len(rest))
        rest = rest[end:]
    return rest if rest.startswith("/") else f"/{rest}"


def _packed(body: bytes) -> dict[str, Any]:
    """The body by its digest: as JSON, its keys in order, where it is some."""
    try:
        packed, kind = _canonical(json.loads(body)), "json"
    except (ValueError, RecursionError):
        packed, kind = body, "bytes"
    return {kind: hashlib.sha256(packed).hexdigest()}


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
