"""Reading: the bytes of a connection as requests, none longer than it may be."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

import httptools

from harness.wire.http import Request

MOST_HEAD = 64 << 10
"""Bytes of a request's line and headers."""

MOST_BODY = 64 << 20
"""Bytes of its body."""


class Refused(Exception):
    """A request that is not read any further."""

    def __init__(self, status: HTTPStatus) -> None:
        self.status = status
        super().__init__(status)


class Reading:
    """What arrives on one connection, parsed by httptools.

    Args:
        origin: the URL of the server, without a path.
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._parser = httptools.HttpRequestParser(self)
        self._whole: list[tuple[Request, bool]] = []
        self._wants_to_go_on = False
        self._start()

    @property
    def has_begun(self) -> bool:
        """Whether there is a part of a request."""
        return bool(self._head or self._size)

    def wants_to_go_on(self) -> bool:
        """Whether somebody waits to be told to go on; once told, nobody does."""
        wants, self._wants_to_go_on = self._wants_to_go_on, False
        return wants

    def feed(self, data: bytes) -> list[tuple[Request, bool]]:
        """The requests that are whole now, each with whether its connection is kept.

        Raises:
            Refused: for what is no request, or is too long.
        """
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise Refused(HTTPStatus.NOT_IMPLEMENTED) from None
        except httptools.HttpParserCallbackError as error:
            raise cast("Any", error.__context__) from None  # one of ours
        except httptools.HttpParserError:
            raise Refused(HTTPStatus.BAD_REQUEST) from None
        whole, self._whole = self._whole, []
        return whole

    def _start(self) -> None:
        self._url = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._head = self._size = 0

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MOST_HEAD:
            raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    # --------------------------------------------------------- what the parser calls

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        self._count(len(url))
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._count(len(name) + len(value) + 4)
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if self._parser.get_http_version() == "1.0":  # it knows no chunks
            raise Refused(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        for name, value in self._headers:
            lowered = name.lower()
            if lowered == "content-length" and int(value) > MOST_BODY:
                raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if lowered == "expect" and value.lower() == "100-continue":
                self._wants_to_go_on = True

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._size += len(body)
        if self._size > MOST_BODY:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        self._body.append(body)

    def on_message_complete(self) -> None:
        """A whole request."""
        target = self._url.decode("latin-1")
        request = Request(
            self._parser.get_method().decode("latin-1"),
            self._origin + target if target.startswith("/") else target,
            tuple(self._headers),
            b"".join(self._body),
        )
        self._whole.append((request, self._parser.should_keep_alive()))
        self._start()
