"""A live door: requests go out, and what came back is kept as the network cut it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import httpx

from harness.cassette.redact import redact
from harness.cassette.tape import Exchange, Tape
from harness.errors import ConnectionLost
from harness.wire.http import Answer, Ending, Request, Response


@dataclass(slots=True)
class Recorder:
    """Sends requests with httpx and taps every body on its way to the adapter.

    ``hang_up_after`` closes the connection after so many chunks, as a client does
    that has heard enough. Exchanges are redacted before they leave here.
    """

    client: httpx.Client
    hang_up_after: int | None = None
    exchanges: list[Exchange] = field(default_factory=list)

    def send(self, request: Request) -> Answer:
        """The server's answer; its body is recorded while it is read."""
        # Bodies are kept decoded: asking for them plain leaves nothing to decode.
        headers = [*request.headers, ("accept-encoding", "identity")]
        built = self.client.build_request(
            request.method, request.url, headers=headers, content=request.body
        )
        try:
            response = self.client.send(built, stream=True)
        except httpx.TransportError as error:
            raise ConnectionLost(f"{request.url}: {error}") from error
        kept = tuple(response.headers.multi_items())
        head = Response(response.status_code, kept, reason=response.reason_phrase)
        return Answer(head.status, kept, self._body(request, head, response))

    def tape(self, **provenance: str) -> Tape:
        """What was recorded, with where it came from."""
        return Tape(tuple(self.exchanges), provenance)

    def _body(
        self, request: Request, head: Response, response: httpx.Response
    ) -> Iterator[bytes]:
        chunks: list[bytes] = []
        delays: list[int] = []
        ending: Ending = "eof"
        last = time.monotonic()
        try:
            for chunk in response.iter_raw():
                now = time.monotonic()
                chunks.append(chunk)
                delays.append(round((now - last) * 1000))
                last = now
                yield chunk
                if len(chunks) == self.hang_up_after:
                    ending = "cut"
                    break
        except httpx.TransportError as error:
            ending = "reset"
            raise ConnectionLost(f"{request.url}: {error}") from error
        except GeneratorExit:
            ending = "cut"
            raise
        finally:
            response.close()
            whole = replace(
                head, chunks=tuple(chunks), delays=tuple(delays), ending=ending
            )
            self.exchanges.append(redact(Exchange(request, whole)))
        if ending == "cut":
            raise ConnectionLost("we hung up mid-body")
