"""Recordings: one HTTP exchange a file, read from a folder of them.

The format is that of the corpus's own README: ``surface``, ``request`` and
``response``, of which only ``response`` must be there. Recorders leave out what they
did not see, so everything else has a default.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from harness.errors import WireError
from harness.message.parts import JsonObject
from harness.wire import jsonarray, ndjson, sse
from harness.wire.frame import Frame
from harness.wire.http import Headers, header

INDEX = "manifest.json"
"""The file beside the surfaces that says where each recording came from."""

OF_TRANSPORT = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers about bytes on the line; recordings hold what was left after those."""

STREAM, NDJSON = "text/event-stream", "application/x-ndjson"

ELIDED = re.compile(r"elided [0-9a-f]+ base64 chars")
STAND_IN = "AAAA"
"""Where a recorder shortened base64, which is none any more; and what stands there."""

Line: TypeAlias = tuple[str | None, dict[str, Any]]
"""One event of a stream: its ``event:`` name and its JSON. A body that is no stream
is one line."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One exchange.

    ``path`` is relative to the folder. ``claimed`` is the content type of the
    response as recorded; ``headers`` are without it where the body belies it.
    ``request`` is the JSON that was asked, where it was kept.
    """

    path: str
    surface: str
    method: str
    url: str
    status: int
    headers: Headers
    body: bytes
    claimed: str = ""
    request: JsonObject | None = None

    @property
    def streamed(self) -> bool:
        """Whether the body is a stream: of events, of lines of JSON, or an array.

        No SSE line begins like a JSON body does.
        """
        body = self.body.lstrip(b"\xef\xbb\xbf \t\r\n")
        if self.status >= 400 or not body:
            return False
        if not body.startswith(b"{"):
            return True
        return NDJSON in self.claimed or _is_lines(body)

    @property
    def belied(self) -> bool:
        """Whether the recorded content type says what the body is not."""
        return self.claimed != "" and header(self.headers, "content-type") is None


@dataclass(frozen=True, slots=True)
class Flaw:
    """A file that holds no exchange; ``excused`` if it does not claim to."""

    path: str
    what: str
    excused: bool = False


def read(folder: Path) -> Iterator[Recording | Flaw]:
    """Every exchange below the folder, in the order of the file names."""
    for file in sorted(folder.rglob("*.json")):
        path = file.relative_to(folder).as_posix()
        if path != INDEX:
            yield _read(file, path)


def lines(recording: Recording) -> list[Line]:
    """The body as lines, as far as it can be read and up to ``[DONE]``.

    What is no JSON object is left out: this is for looking at a recording and for
    mending a copy of it, never for judging it.
    """
    if not recording.streamed:
        body = _object(recording.body)
        return [] if body is None else [(None, body)]
    said = []
    with suppress(WireError):
        for frame in _framing(recording.body)([recording.body]):
            if frame.data.startswith("[DONE]"):
                break
            data = _object(frame.data)
            if data is not None:
                said.append((frame.event, data))
    return said


def _framing(body: bytes) -> Callable[[Iterable[bytes]], Iterator[Frame]]:
    """How a stream is cut into frames, as its first byte tells."""
    begin = body.lstrip()[:1]
    return {b"[": jsonarray.read, b"{": ndjson.read}.get(begin, sse.read)


def _read(file: Path, path: str) -> Recording | Flaw:
    try:
        said = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        return Flaw(path, f"the file is not JSON: {error}")
    if not isinstance(said, dict) or not {"response", "surface"} & said.keys():
        return Flaw(path, "the file has no `response`", excused=True)
    response = said.get("response")
    if not isinstance(response, dict):
        return Flaw(path, "the recording has no `response`")
    try:
        body = _body(response)
        status = int(response.get("status") or 200)
    except (ValueError, TypeError) as error:
        return Flaw(path, f"the recording cannot be read: {error}")
    request = said.get("request")
    request = request if isinstance(request, dict) else {}
    headers = tuple(_headers(response.get("headers")))
    recording = Recording(
        path,
        str(said.get("surface") or file.parent.name),
        str(request.get("method") or "POST").upper(),
        str(request.get("url") or ""),
        status,
        headers,
        body,
        header(headers, "content-type") or "",
        _request(request.get("json")),
    )
    return _without_lies(recording)


def _is_lines(body: bytes) -> bool:
    """Whether the first line is JSON of its own, and another follows."""
    first, _, rest = body.partition(b"\n")
    return rest.lstrip().startswith(b"{") and _object(first) is not None


def _request(body: Any) -> JsonObject | None:
    return whole(body) if isinstance(body, dict) else None


def whole(value: Any) -> Any:
    """The JSON, with base64 that can be read where the recorder left a piece of it."""
    if isinstance(value, dict):
        return {key: whole(member) for key, member in value.items()}
    if isinstance(value, list):
        return [whole(member) for member in value]
    if isinstance(value, str) and ELIDED.search(value):
        head, _, _ = value.partition(",")
        return f"{head},{STAND_IN}" if head.startswith("data:") else STAND_IN
    return value


def _without_lies(recording: Recording) -> Recording:
    """The recording, without a content type that its body belies."""
    claimed = recording.claimed
    begin = recording.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    braced = begin in (b"{", b"[")
    belied = (STREAM in claimed and not recording.streamed) or (
        "json" in claimed and begin != b"" and not braced
    )
    if not belied or recording.status >= 400:
        return recording
    headers = tuple(
        (name, value)
        for name, value in recording.headers
        if name.lower() != "content-type"
    )
    return replace(recording, headers=headers)


def _body(response: Mapping[str, Any]) -> bytes:
    text, coded = response.get("body_text"), response.get("body_base64")
    if isinstance(text, str):
        return text.encode(errors="surrogatepass")
    if isinstance(coded, str):
        try:
            return base64.b64decode(coded)
        except binascii.Error as error:
            raise ValueError(f"body_base64 is not base64: {error}") from error
    return b""


def _headers(headers: Any) -> Iterator[tuple[str, str]]:
    """Name and value pairs; recorders write mappings, lists of pairs, or neither."""
    pairs = headers.items() if isinstance(headers, dict) else headers or ()
    for pair in pairs:
        if isinstance(pair, dict):
            pair = (pair.get("name"), pair.get("value"))
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            continue
        name, values = pair
        for value in values if isinstance(values, list) else [values]:
            if name and value is not None and str(name).lower() not in OF_TRANSPORT:
                yield str(name), str(value)


def _object(text: str | bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
