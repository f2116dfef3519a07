"""Clients that have no tap of ours: vcrpy's patches, with a tape behind them.

So of tornado there are whole bodies, without cuts and delays.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from harness.cassette.tape import by_name
from harness.errors import ConnectionLost
from harness.shell.taps.line import Line, Patch, Playing
from harness.wire.http import Headers, Request, Response

MODULES = ("tornado.simple_httpclient", "tornado.curl_httpclient")

CLIENT = "vcrpy"


def patches(module: ModuleType, line: Line) -> Iterator[Patch]:
    """Those of vcrpy's patches that are for this module."""
    from vcr.cassette import Cassette  # type: ignore[import-untyped]  # half a second
    from vcr.patch import PATCHER_NAMES, CassettePatcherBuilder  # type: ignore[import-untyped]  # the same

    class Ours(Cassette):  # type: ignore[misc]  # vcrpy has no types
        """A cassette that asks the line, or tells it."""

        def can_play_response_for(self, request: Any) -> bool:
            return isinstance(line, Playing)

        def play_response(self, request: Any) -> Any:
            assert isinstance(line, Playing)
            try:
                return _theirs(line.answer(_request(request)))
            except ConnectionLost as error:
                raise ConnectionRefusedError(111, str(error)) from None

        def append(self, request: Any, response: Any) -> None:
            assert not isinstance(line, Playing)
            overheard = line.begin(_request(request), CLIENT)
            status = response["status"]
            headers = _headers(response["headers"])
            overheard.head(status["code"], headers, status["message"] or "")
            overheard.piece(response["body"]["string"])
            overheard.end("eof")

    others = [name for name in PATCHER_NAMES if name != "tornado"]
    cassette = Ours("a tape", skip_patchers=others)
    for patcher in CassettePatcherBuilder(cassette).build():
        owner = patcher.getter()
        if owner.__module__ == module.__name__:
            yield owner, patcher.attribute, patcher.new
            return  # what it builds for others may import them, and in vain each time


def _request(request: Any) -> Request:
    body = request.body or b""
    return Request(request.method, request.uri, _headers(request.headers), body)


def _headers(headers: Any) -> Headers:
    """vcrpy has a value for each name, or a list of them."""
    pairs = headers.items() if hasattr(headers, "items") else headers
    return tuple(
        (str(name), str(value))
        for name, values in pairs
        for value in (values if isinstance(values, list) else [values])
    )


def _theirs(response: Response) -> dict[str, Any]:
    return {
        "status": {"code": response.status, "message": response.reason},
        "headers": by_name(response.headers),
        "body": {"string": b"".join(response.chunks)},
    }
