"""``python -m tests.write_providers``: write docs/providers.md out of what holds.

Nothing in the table is claimed: each cell is tried, both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import NotExpressible
from harness.message.assemble import assemble, disassemble
from harness.message.events import Event, Finish
from harness.message.parts import (
    Attachment,
    AttachmentPart,
    JsonObject,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from harness.message.turn import ServerSideTool, Tool, Turn
from harness.providers import PROVIDERS, WHERE
from harness.providers._provider import Provider
from harness.providers._square import hear, speak
from tests.corpus.agreement import LIMITS
from tests.sdks.client import Client
from tests.sdks.clients import CLIENTS
from tests.wires import WIRES

PAGE = Path(__file__).parent.parent / "docs" / "providers.md"

PNG = b"\x89PNG\r\n\x1a\n"
WAV, PDF, MP4 = b"RIFF....WAVE", b"%PDF-1.7", b"....ftypmp42"
URL = "https://example.org/a"

Make = Callable[[Provider], list[Part] | None]


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of part: made for an answer, and made for a request.

    Either gives ``None`` where there is no such thing to try.
    """

    kind: str
    answered: Make
    asked: Make
    role: str = "assistant"


def _text(provider: Provider) -> list[Part]:
    return [TextPart("Hi")]


def _thought(provider: Provider) -> list[Part]:
    return [ReasoningPart("Hm."), TextPart("Hi")]


def _signed(provider: Provider) -> list[Part] | None:
    part = ReasoningPart("Hm.")
    opaque = provider.opaque(part, "b3BhcXVl")
    return [replace(part, provider_metadata=opaque), TextPart("Hi")] if opaque else None


def _withheld(provider: Provider) -> list[Part] | None:
    part = ReasoningPart("", redacted=True)
    opaque = provider.opaque(part, "b3BhcXVl")
    return [replace(part, provider_metadata=opaque), TextPart("Hi")] if opaque else None


def _refusal(provider: Provider) -> list[Part] | None:
    refusal = provider.refusal
    return [TextPart("No.", provider_metadata=refusal)] if refusal else None


def _calls(number: int) -> Make:
    def made(provider: Provider) -> list[Part]:
        ids = [provider.call_id(n) for n in range(1, number + 1)]
        return [ToolCallPart("look", {"at": id_}, id_) for id_ in ids]

    return made


def _theirs(provider: Provider) -> list[Part]:
    call = ToolCallPart("web_search", {"q": "a"}, provider.call_id(1), True)
    result = ToolResultPart("web_search", "found", call.tool_call_id, True)
    return [call, result, TextPart("Hi")]


def _attachment(attachment: Attachment) -> Make:
    return lambda provider: [AttachmentPart(attachment)]


def _nothing(provider: Provider) -> None:
    return None


def _result(**more: object) -> Make:
    def made(provider: Provider) -> list[Part]:
        plain = ToolResultPart("look", "seen", provider.call_id(1))
        return [replace(plain, **more)]  # type: ignore[arg-type]  # fields of it, below

    return made


IMAGE, SOUND = (
    Attachment("image/png", content=PNG),
    Attachment("audio/wav", content=WAV),
)

ROWS = (
    Row("text", _text, _text),
    Row("reasoning", _thought, _thought),
    Row("reasoning, signed", _signed, _signed),
    Row("reasoning, withheld", _withheld, _withheld),
    Row("refusal", _refusal, _nothing),
    Row("tool call", _calls(1), _calls(1)),
    Row("parallel calls", _calls(2), _calls(2)),
    Row("server-side tool", _theirs, _theirs),
    Row("tool result", _nothing, _result(), "tool"),
    Row("tool result with image", _nothing, _result(attachments=(IMAGE,)), "tool"),
    Row("system prompt", _nothing, _text, "system"),
    Row("image", _attachment(IMAGE), _attachment(IMAGE), "user"),
    Row(
        "image by URL", _nothing, _attachment(Attachment("image/png", url=URL)), "user"
    ),
    Row("sound", _attachment(SOUND), _attachment(SOUND), "user"),
    Row(
        "PDF",
        _nothing,
        _attachment(Attachment("application/pdf", content=PDF)),
        "user",
    ),
    Row("video", _nothing, _attachment(Attachment("video/mp4", content=MP4)), "user"),
)


# ------------------------------------------------------------------ trying


def answers(provider: Provider, parts: list[Part] | None) -> str:
    """``S`` if the wire can say it, and ``D`` if it is heard as it was said."""
    if parts is None:
        return ""
    message = Message("assistant", tuple(parts))
    if provider.cannot_say(message):
        return ""
    events: list[Event] = [*disassemble([message])]
    events.append(Finish(_reason(provider, parts)))
    with suppress(NotExpressible):
        marks = set()
        for stream in (True, False):
            said = speak(provider, events, stream=stream)
            heard = assemble(hear(provider, said.status, said.headers, said.chunks))
            marks.add(_bare(heard) == _bare([message]))
        return "DS" if marks == {True} else "S"
    return ""


def _reason(provider: Provider, parts: list[Part]) -> str:
    if provider.refusal and parts[0].provider_metadata == provider.refusal:
        return "refusal"
    calls = any(isinstance(p, ToolCallPart) and not p.server_executed for p in parts)
    return "tool_calls" if calls else "stop"


def asks(provider: Provider, row: Row) -> str:
    """``E`` if a request can carry it, and ``P`` if it is read as it was written."""
    parts = row.asked(provider)
    if parts is None:
        return ""
    call = Message("assistant", tuple(_calls(1)(provider) or ()))
    hello, bye = (Message("user", (TextPart(text),)) for text in ("Hi", "Bye"))
    said = Message(row.role, tuple(parts))
    messages = {
        "assistant": (hello, said, bye),
        "system": (said, hello),
        "tool": (hello, call, said),
        "user": (replace(hello, parts=(*hello.parts, *parts)),),
    }[row.role]
    turn = Turn("m", messages, options=dict(provider.defaults))
    return _asked(provider, turn)


def _asked(provider: Provider, turn: Turn) -> str:
    with suppress(NotExpressible):
        body = provider.encode(turn)
        again = provider.parse(body, provider.path(turn))
        same = _bare(again.messages) == _bare(turn.messages)
        return "EP" if same and _beside(again) == _beside(turn) else "E"
    return ""


def _beside(turn: Turn) -> tuple[object, ...]:
    return turn.tools, turn.schema


def _bare(messages: object) -> list[JsonObject]:
    """What was said, without what wires say beside it."""
    assert isinstance(messages, list | tuple)
    return [
        {"role": message.role, "part": _without_metadata(part)}
        for message in messages
        for part in message.parts
    ]


def _without_metadata(part: Part) -> JsonObject:
    data: JsonObject = dict(part.to_dict())
    data.pop("provider_metadata", None)
    if data.get("attachment", {}).get("url"):
        # Many wires do not say of what type the thing behind a URL is.
        data["attachment"].pop("type", None)
    return data


def asks_beside(provider: Provider) -> Iterator[str]:
    """The same for tools, a tool of theirs, and a schema."""
    hello = (Message("user", (TextPart("Hi"),)),)
    turn = Turn("m", hello, options=dict(provider.defaults))
    schema = {"type": "object", "properties": {}}
    yield _asked(provider, replace(turn, tools=(Tool("look", "Look.", schema),)))
    theirs = ServerSideTool({"type": "made_up_tool"})
    yield _asked(provider, replace(turn, tools=(theirs,)))
    yield _asked(provider, replace(turn, schema=schema))


# ----------------------------------------------------------------- writing

BESIDE = ("tools", "server-side tools", "schema")

HEAD = """# Providers

Written by `python -m tests.write_providers`, which tries every cell; a test keeps it
true. **D** decodes it, **S** synthesises it (streamed and not), **E** encodes it into a
request, **P** parses it out of one and finds the same. A letter that is missing stands
for what that wire, or that host, has no way to say: asking for it raises
`NotExpressible`, and a case that needs it is *not applicable* there.
"""

SDKS = """## What the official SDKs make of it

Each of these reads what we say, streamed and not, cut into pieces of 1, 3 and 7 bytes,
and asks so that we read it; and each is asked about every recording of its wire. Where
one differs from us, it is for one of these reasons, each with an example that a test
holds, and an excuse that nobody needs fails.
"""


def page() -> str:
    """The whole of docs/providers.md."""
    hosts = [name for name in WHERE if name not in WIRES]
    return "\n".join(
        [
            HEAD,
            "## Wires",
            "",
            *_table(WIRES),
            "",
            "## Hosts",
            "",
            "Each speaks one of the wires above, a little differently.",
            "",
            *_table(hosts),
            "",
            SDKS,
            *_limits(),
            "",
        ]
    )


def _limits() -> Iterator[str]:
    yield "| SDK | wire | what it does |"
    yield "|---|---|---|"
    for client in CLIENTS:
        told = [blindness.reason for blindness in client.blind]
        told += [failing.reason for failing in client.fails]
        told += [f"it does not send `{word}`" for word in sorted(client.drops)]
        told += [limit.reason for limit in LIMITS.get(client.provider, ())]
        for reason in dict.fromkeys(told):
            yield f"| {client.sdk} | {client.provider} | {reason} |"
    agreeing = [f"{c.sdk} ({c.provider})" for c in CLIENTS if not _told(c)]
    yield ""
    yield f"Nothing had to be excused of {', '.join(agreeing)}."


def _told(client: Client) -> bool:
    return bool(
        client.blind or client.fails or client.drops or LIMITS.get(client.provider)
    )


def _table(names: list[str]) -> Iterator[str]:
    yield "| | " + " | ".join(names) + " |"
    yield "|---|" + ":-:|" * len(names)
    providers = [PROVIDERS[name] for name in names]
    for row in ROWS:
        cells = [answers(p, row.answered(p)) + asks(p, row) for p in providers]
        yield f"| {row.kind} | " + " | ".join(cell or "–" for cell in cells) + " |"
    columns = [list(asks_beside(provider)) for provider in providers]
    for place, what in enumerate(BESIDE):
        cells = [column[place] for column in columns]
        yield f"| {what} | " + " | ".join(cell or "–" for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
