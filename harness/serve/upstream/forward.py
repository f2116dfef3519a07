"""Forward: requests go on to the vendor, or to who stands in its place, and what comes
back is kept.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from urllib.parse import urlsplit

import httpx

from harness.errors import ConnectionLost, HarnessError
from harness.serve import reply
from harness.serve.reply import Asked, Reply
from harness.serve.surface import shown
from harness.shell.http import AsyncHttp
from harness.shell.server.protocol import Flowing
from harness.shell.taps.line import Heard, Listening
from harness.wire.http import AsyncAnswer, AsyncTransport, Request

Keep = Callable[[Heard, Asked], None]
"""Takes what was heard of an answer that has come to its end."""

OURS = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "keep-alive",
     "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
     "x-harness-fault", "x-harness-scope"}
)  # fmt: skip
"""Headers that are for this server alone. Bodies are asked for as they are."""

CLIENT = "harness"
"""Who is named as the client of a recording."""


class Forward:
    """The vendor of each provider, or one server in place of all.

    Args:
        base: the URL of that server; a path of it comes before those of requests that
            do not begin with it. ``None`` is each vendor's own.
        keep: takes what was heard.
        transport: sends the requests.
    """

    def __init__(
        self,
        base: str | None = None,
        keep: Keep | None = None,
        transport: AsyncTransport | None = None,
    ) -> None:
        self._base = base.rstrip("/") if base else None
        self._keep = keep
        self._transport = transport or AsyncHttp()

    def takes(self, asked: Asked) -> bool:
        """Whether it is known where the request goes."""
        return self._base is not None or asked.provider is not None

    async def ask(self, asked: Asked) -> Reply:
        """The answer, as it arrives."""
        request = self._sent(asked.request)
        listening = Listening()
        overheard = listening.begin(request, CLIENT)
        try:
            answer = await self._transport.send(request)
        except HarnessError as error:
            why = f"upstream: {error}"
            if asked.provider is None:
                return reply.plain(why, 502)
            return reply.refused(asked.provider, why, 502, "upstream")
        overheard.head(answer.status, answer.headers, "")

        async def chunks() -> AsyncGenerator[bytes]:
            try:
                async for chunk in answer.chunks:
                    overheard.piece(chunk)
                    yield chunk
                overheard.end("eof")
            except ConnectionLost as error:
                reset = isinstance(error.__cause__, httpx.ReadError)
                overheard.end("reset" if reset else "cut")
                raise
            finally:
                overheard.end("cut", hung_up=True)
                await answer.close()
                if self._keep is not None:
                    self._keep(listening.heard[0], asked)

        flowing = Flowing(answer.status, _kept(answer), chunks())
        return Reply(flowing, "upstream", shown(request.url))

    def _sent(self, request: Request) -> Request:
        """The request as it goes out."""
        headers = tuple(h for h in request.headers if h[0].lower() not in OURS)
        url = request.url
        if self._base is not None:
            parts = urlsplit(url)
            before = urlsplit(self._base).path
            path = parts.path.removeprefix(before) if before else parts.path
            url = self._base + path + (f"?{parts.query}" if parts.query else "")
        return replace(request, url=url, headers=headers)


def _kept(answer: AsyncAnswer) -> tuple[tuple[str, str], ...]:
    """The headers, less the packing: the chunks are unpacked."""
    return tuple(h for h in answer.headers if h[0].lower() != "content-encoding")
