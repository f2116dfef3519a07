"""The shape every provider file fills in: four translations and a few facts.

::

    frames --decode--> events        frames <-synthesise-- events
    body --decode_whole--> events    body <-synthesise_whole-- events
    turn --encode--> request         request --parse--> turn
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from harness.message.events import Error, Event
from harness.message.parts import JsonObject, Message, Part
from harness.message.turn import Turn
from harness.providers._aside import Aside
from harness.providers._aside.kept import Keeping
from harness.providers._payload import framed
from harness.wire import sse
from harness.wire.frame import Frame
from harness.wire.http import Headers

Read: TypeAlias = Callable[[Iterable[bytes]], Iterator[Frame]]
Write: TypeAlias = Callable[[Iterable[Frame]], Iterator[bytes]]


class Parse(Protocol):
    """Reads a request; of some wires, ``path`` names the model."""

    def __call__(self, body: JsonObject, path: str = "") -> Turn:
        """The turn that the request says."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How a stream is cut into frames, and what its content type says.

    ``opens`` are the bytes such a stream may begin with and a JSON body of this wire
    does not: where the content type is JSON, or none that we know, they decide.
    """

    content_type: str
    read: Read
    write: Write
    opens: tuple[bytes, ...] = ()


SSE = Framing(
    "text/event-stream", sse.read, sse.write, (b"data:", b"event:", b": ", b"id:")
)
"""Server-sent events, as most wires stream them."""


def nothing_of(body: JsonObject) -> JsonObject:
    """What an answer says again of its request where it says nothing."""
    return {}


def nothing(model: str, name: str) -> JsonObject:
    """What an answer says of itself where it says nothing."""
    return {}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Server:
    """How a vendor's server behaves, as far as its wire does not say: what a server in
    its place does where nothing is recorded.

    Attributes:
        facts_of: what an answer says of itself, as the metadata of its ending has it,
            given its model and what its id is made of.
        repeated: what an answer says again of the JSON of its request, likewise.
        completed: an answer, or the payload of a frame, with all that the vendor's
            documentation says is always there.
        several: the option that asks for several answers at once, if there is one.
        objection: the error with which a request is turned away that lacks what the
            server insists on; ``None`` for one that it takes.
        asides: what else it is asked: its models, a count of tokens.
        keeping: how answers are asked for that it keeps; ``None`` where it keeps none.
    """

    facts_of: Callable[[str, str], JsonObject] = nothing
    repeated: Callable[[JsonObject], JsonObject] = nothing_of
    completed: Callable[[JsonObject], JsonObject] | None = None
    several: str = ""
    objection: Callable[[JsonObject], Error | None] | None = None
    asides: tuple[Aside, ...] = ()
    keeping: Keeping | None = None


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Provider:
    """One wire, both ways.

    Attributes:
        name: what specs call it, such as ``openai-chat``.
        namespace: its key in ``provider_metadata``.
        base_url: where the vendor serves it, without the path.
        framing: how its streams are cut.
        other_framings: how they are cut where the server is asked otherwise, or a
            host of this wire does it its own way; written where it is asked for.
        framing_asked: which of them the URL of a request asks for; ``None`` where it
            is always ``framing``.
        unasked: given the JSON of a request, which frames of a stream tell what it did
            not ask for, so that a server leaves them out; ``None`` for none, or where
            all of an answer is for whatever was asked.
        capabilities: what specs may ``require`` of it.
        decode: frames of a stream to events. Every event has its ``part_index``.
            A stream that ends before its terminal event ends in
            ``Error(kind="truncated")``, never in ``Finish``.
        decode_whole: the parsed JSON of a non-streamed answer to events; an error
            object gives one ``Error``.
        decode_error: status, headers and parsed body (or text) of an HTTP error.
        synthesise: events to the frames of a stream; all of them, sentinel too.
        synthesise_whole: events to the JSON of a non-streamed answer.
        synthesise_error: an ``Error`` to the HTTP status and body that say it.
        frame: the frame of a stream that holds a payload, written by hand: text as it
            is, anything else as JSON, named as ``synthesise`` would name it.
        encode: turn to request JSON. Raises ``NotExpressible``.
        parse: request JSON, and the path and query it was sent to, to turn:
            ``parse(encode(turn), path(turn)) == turn``.
        path: path and query under ``base_url`` for a turn.
        headers: request headers for an API key; ``None`` is a request without one.
        call_id: the n-th tool call's id in the wire's own style (``toolu_...``).
        opaque: metadata that puts an opaque string where this wire keeps it, for the
            given part; ``None`` where it has no such place.
        cannot_say: why this wire cannot answer with this message; empty if it can.
        key_env: the environment variable that holds an API key for it.
        needs_key: whether ``base_url`` turns away who has none.
        refusal: metadata that marks a text part as a refusal on this wire; ``None``
            where only the finish reason says so.
        defaults: options that every request needs, and gets if the turn has none.
        volatile: dotted paths in request bodies that differ from run to run.
        server: how the vendor's server behaves beside all that.
    """

    name: str
    namespace: str
    base_url: str
    framing: Framing
    capabilities: frozenset[str]
    decode: Callable[[Iterable[Frame]], Iterator[Event]]
    decode_whole: Callable[[Any], Iterator[Event]]
    decode_error: Callable[[int, Headers, Any], Error]
    synthesise: Callable[[Iterable[Event]], Iterator[Frame]]
    synthesise_whole: Callable[[Iterable[Event]], JsonObject]
    synthesise_error: Callable[[Error], tuple[int, JsonObject]]
    encode: Callable[[Turn], JsonObject]
    parse: Parse
    path: Callable[[Turn], str]
    headers: Callable[[str | None], Mapping[str, str]]
    call_id: Callable[[int], str]
    opaque: Callable[[Part, str], JsonObject | None]
    cannot_say: Callable[[Message], list[str]]
    frame: Callable[[Any], Frame] = framed
    other_framings: tuple[Framing, ...] = ()
    framing_asked: Callable[[str], Framing] | None = None
    unasked: Callable[[Any], Callable[[Frame], bool] | None] | None = None
    key_env: str = ""
    needs_key: bool = True
    refusal: JsonObject | None = None
    defaults: JsonObject = field(default_factory=dict)
    volatile: tuple[str, ...] = ()
    server: Server = Server()

    def __repr__(self) -> str:
        return f"Provider({self.name!r})"
