"""``harness prompt``: what is asked, what is printed where, and how it ends."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.errors import ConnectionLost, TimedOut, WireError
from harness.message.assemble import assemble
from harness.message.events import Error, Event, Finish, StreamEvent, Usage
from harness.message.parts import Attachment, AttachmentPart, TextPart
from harness.providers import PROVIDERS
from harness.providers._square import refuse, speak
from harness.reference.tools.tool import Tool
from tests.cli.asked import (
    CALLS,
    STOP,
    brought,
    called,
    chunks,
    saying,
    serving,
    stdin,
)
from tests.cli.conftest import Harness, write

WORDS: list[Any] = ["Hello", " you", Usage(3, 2), STOP]
THOUGHTS: list[Any] = [
    StreamEvent("reasoning", "hm", 0),
    StreamEvent("reasoning", " hm", 0),
    StreamEvent("text", "Yes", 1),
    STOP,
]
GREY = "\x1b[90m"


def texts(message: Any) -> list[str]:
    return [part.text for part in message.parts if isinstance(part, TextPart)]


def asked(harness: Harness, *more: str, text: str = "Hi") -> Any:
    return harness("prompt", "-m", "scripted", *more, text)


# ------------------------------------------------------------------- two streams


def test_the_answer_goes_to_stdout_and_ends_its_line(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(monkeypatch, WORDS)
    done = asked(harness)
    assert (done.code, done.out, done.err) == (0, "Hello you\n", "")


@pytest.mark.parametrize(("said", "out"), [("a\n", "a\n"), ("", ""), ("\n\n", "\n\n")])
def test_a_line_that_is_ended_is_not_ended_again(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, said: str, out: str
) -> None:
    brought(monkeypatch, [said, STOP])
    assert asked(harness).out == out


def test_what_looks_like_a_colour_in_an_answer_is_left_in_it(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(monkeypatch, ["\x1b[1mbold", STOP])
    assert asked(harness).out == "\x1b[1mbold\n"


def test_half_a_surrogate_pair_is_printed_and_kept(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(monkeypatch, ["a\ud83d", STOP], ["b\ud83d", STOP])
    assert asked(harness).out == "a\\ud83d\n"
    assert asked(harness, "--json").rows[0]["chunk"] == "b\ud83d"


def test_reasoning_goes_to_stderr_alone_and_ends_its_line(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(monkeypatch, THOUGHTS)
    done = asked(harness)
    assert (done.out, done.err) == ("Yes\n", "hm hm\n")


def test_parts_of_reasoning_are_lines_of_their_own(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    thoughts = [StreamEvent("reasoning", word, n) for n, word in enumerate("ab")]
    brought(monkeypatch, [*thoughts, STOP])
    assert asked(harness).err == "a\nb\n"


def test_reasoning_between_words_leaves_stdout_as_it_was_said(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [
        StreamEvent(*e) for e in [("text", "a"), ("reasoning", "r"), ("text", "b")]
    ]
    brought(monkeypatch, [*words, STOP])
    done = asked(harness)
    assert (done.out, done.err) == ("ab\n", "r\n")


def test_on_a_terminal_reasoning_does_not_run_into_the_words(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [
        StreamEvent(*e) for e in [("text", "a"), ("reasoning", "r"), ("text", "b")]
    ]
    brought(monkeypatch, [*words, STOP])

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    asked(harness)
    assert screen.getvalue() == f"a\n{GREY}r\x1b[0m\nb\n"


@pytest.mark.parametrize(
    ("color", "err"),
    [("never", "hm hm\n"), ("always", f"{GREY}hm\x1b[0m{GREY} hm\x1b[0m\n")],
)
def test_reasoning_is_dimmed_where_there_is_colour(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, color: str, err: str
) -> None:
    brought(monkeypatch, THOUGHTS)
    done = asked(harness, "--color", color)
    assert (done.out, done.err) == ("Yes\n", err)


@pytest.mark.parametrize("option", ["-R", "--hide-reasoning", "--no-reasoning"])
@pytest.mark.parametrize("json_too", [False, True])
def test_reasoning_can_be_hidden(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, option: str, json_too: bool
) -> None:
    model = brought(monkeypatch, THOUGHTS)
    done = asked(harness, option, *(["--json"] if json_too else []))
    assert model.prompts[0].hide_reasoning
    assert "hm" not in done.err + done.out
    assert "Yes" in done.out


def test_what_else_an_answer_has_is_named_on_stderr(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = Attachment("image/png", content=b"png")
    search = StreamEvent("tool_call_name", "web_search", 0, "s1", server_executed=True)
    shown = StreamEvent("attachment", part_index=2, attachments=(picture,))
    brought(monkeypatch, [search, StreamEvent("text", "See", 1), shown, STOP])
    done = asked(harness)
    assert (done.out, done.err) == ("See\n", "[web_search]\n[image/png]\n")


def test_an_answer_that_ends_early_says_so(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(monkeypatch, ["Once", Finish("length", "max_tokens")])
    done = asked(harness)
    assert (done.code, done.out, done.err) == (
        0,
        "Once\n",
        "[ended early: max_tokens]\n",
    )


# ----------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("piped", "text", "prompt"),
    [
        (b"", "Hi", "Hi"),
        (b"piped\n", None, "piped"),
        (b"  a\n  b\n", "What?", "  a\n  b\n\nWhat?"),
        (b" \n", "Hi", "Hi"),
        ("\ufeffümlaut".encode(), None, "ümlaut"),
    ],
)
def test_what_is_piped_in_comes_before_the_words(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    piped: bytes,
    text: str | None,
    prompt: str,
) -> None:
    model = brought(monkeypatch, WORDS)
    stdin(monkeypatch, piped)
    harness("prompt", "-m", "scripted", *([text] if text else []))
    assert texts(model.prompts[0].messages[-1]) == [prompt]


def test_system_options_schema_and_stream_are_passed_on(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    model = brought(monkeypatch, WORDS)
    write(project, '{"type": "object"}', "schema.json")
    options = {
        "t": "0.5",
        "stop": '["a"]',
        "user": "me",
        "n": "NaN",
        "long": "9" * 5000,
    }
    given = [word for pair in options.items() for word in ("-o", *pair)]
    asked(harness, "-s", "Be brief", "--schema", "schema.json", "--no-stream", *given)
    [prompt] = model.prompts
    assert [m.role for m in prompt.messages] == ["system", "user"]
    assert texts(prompt.messages[0]) == ["Be brief"]
    assert prompt.schema == {"type": "object"}
    assert prompt.options == {
        **options, "t": 0.5, "stop": ["a"]
    }  # fmt: skip
    assert model.streams == [False]


def test_a_schema_may_be_given_in_place(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = brought(monkeypatch, WORDS)
    asked(harness, "--schema", ' {"type": "object", "properties": {}}')
    assert model.prompts[0].schema == {"type": "object", "properties": {}}
    assert model.streams == [True]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("{", "--schema: not JSON: "),
        ("[1]", "--schema: wants a JSON object, not [1]"),
        ("none.json", "--schema none.json: No such file"),
        ("list.json", "--schema list.json: wants a JSON object, not []"),
        ("bytes.json", "--schema bytes.json: "),
        ("[" * 100_000, "--schema: not JSON: "),
    ],
)
def test_a_schema_that_is_none_is_a_wrong_use(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    project: Path,
    schema: str,
    said: str,
) -> None:
    brought(monkeypatch)
    write(project, "[]", "list.json")
    write(project, b"\xff", "bytes.json")
    done = asked(harness, "--schema", schema)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.mark.parametrize(
    ("name", "piped", "shown"),
    [
        ("x.bin", b"", Attachment("image/png", content=PNG)),
        ("n.txt", b"", Attachment("text/plain", content=b"milk")),
        ("-", PNG, Attachment("image/png", content=PNG)),
        ("-", b"milk", Attachment("text/plain", content=b"milk")),
        ("https://x.org/a.png", b"", Attachment(url="https://x.org/a.png")),
    ],
)
def test_attachments_are_shown_beside_the_words(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    project: Path,
    name: str,
    piped: bytes,
    shown: Attachment,
) -> None:
    model = brought(monkeypatch, WORDS)
    stdin(monkeypatch, piped)
    write(project, PNG, "x.bin")
    write(project, "milk", "n.txt")
    assert asked(harness, "-a", name).code == 0
    [message] = model.prompts[0].messages
    assert message.parts == (TextPart("Hi"), AttachmentPart(shown))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.png", "attachment none.png: there is no such file"),
        ("-", "attachment -: it is empty"),
        ("odd", "attachment odd: what it is can be told neither"),
    ],
)
def test_an_attachment_that_cannot_be_shown_is_a_wrong_use(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    project: Path,
    name: str,
    said: str,
) -> None:
    brought(monkeypatch)
    write(project, b"\xff\0\xfe", "odd")
    done = asked(harness, "-a", name)
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize(
    ("arguments", "piped", "said"),
    [
        (["Hi"], b"", "who is asked? say -m PROVIDER/MODEL; harness models lists them"),
        (["-m", "scripted"], b"", "what is asked? give a TEXT, or pipe one in"),
        (["-m", "scripted"], b"\xff", "standard input is not UTF-8 text"),
        (["-m", "scripted", "\udcff"], b"", "TEXT is not UTF-8"),
        (["-m", "scriptd", "Hi"], b"", "'scriptd': did you mean 'scripted'?"),
        (["-m", "scripted", "--key", "k", "Hi"], b"", "without key="),
        (["-m", "openai-chat/m", "Hi"], b"", "set OPENAI_API_KEY, or give --key"),
        (["-m", "openai-chat/m", "--base-url", "x", "Hi"], b"", "no address"),
        (["-m", "scripted", "--timeout", "nan", "Hi"], b"", "a number of seconds"),
        (["-m", "scripted", "--retries", "-1", "Hi"], b"", "-1 is not in the range"),
        (["-m", "scripted", "two", "words"], b"", "unexpected extra argument"),
    ],
)
def test_what_cannot_be_asked_is_a_wrong_use(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    piped: bytes,
    said: str,
) -> None:
    model = brought(monkeypatch)
    stdin(monkeypatch, piped)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    done = harness("prompt", *arguments)
    assert (done.code, done.out, model.prompts) == (2, "", [])
    assert said in done.err


def test_a_stdin_that_cannot_be_read_is_a_wrong_use(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    brought(monkeypatch)

    class Folder:
        buffer = property(lambda self: self)

        def isatty(self) -> bool:
            return False

        def read(self) -> bytes:
            raise IsADirectoryError(21, "Is a directory")

    monkeypatch.setattr(sys, "stdin", Folder())
    done = asked(harness)
    assert (done.code, done.err) == (2, "harness: standard input: Is a directory\n")


def test_a_closed_stdin_is_an_empty_one(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(monkeypatch, WORDS)
    monkeypatch.setattr(sys, "stdin", None)
    assert asked(harness).out == "Hello you\n"


# -------------------------------------------------------------------- JSON lines


def test_json_lines_load_again_and_end_in_usage_and_finish(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [*THOUGHTS[:-1], Usage(3, 2), STOP]
    brought(monkeypatch, said)
    done = asked(harness, "--json")
    *content, usage, finish = done.rows
    assert done.err == ""
    assert [StreamEvent.from_dict(row) for row in content] == said[:3]
    assert usage == {"type": "usage", "input": 3, "output": 2}
    assert finish == {"type": "finish", "reason": "stop"}


def test_json_lines_hold_calls_and_what_they_came_to(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    brought(monkeypatch, [*called("add", '{"a": 1, "b": 2}'), CALLS], WORDS)
    write(project, "def add(a: int, b: int): return a + b", "t.py")
    rows = asked(harness, "--json", "-T", "t.py").rows
    types = [row["type"] for row in rows]
    assert types == [
        *("tool_call_name", "tool_call_args", "usage", "finish", "tool_result"),
        *("text", "text", "usage", "finish"),
    ]
    result = StreamEvent.from_dict(rows[4])
    assert (result.chunk, result.tool_call_id, result.tool_name) == ("3", "c1", "add")
    [message] = assemble([StreamEvent.from_dict(row) for row in rows[:2]])
    assert message.to_dict()["parts"][0]["arguments"] == {"a": 1, "b": 2}  # type: ignore[typeddict-item]  # it is a call


# ------------------------------------------------------------------- what fails


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            WireError("no JSON", 3),
            "WireError: no JSON (at byte 3); check that --base-url",
        ),
        (TimedOut("too long"), "TimedOut: too long; give it longer with --timeout"),
        (ConnectionLost("cut"), "ConnectionLost: cut; what came is incomplete"),
        (
            Error("Busy.\nVery.", "x", 529, True),
            "OverloadedError (529, x): Busy. Very; try",
        ),
        (
            Error("stopped", "truncated"),
            "StreamTruncated (truncated): stopped; what came",
        ),
        (Error("no", "odd"), "harness: ProviderError (odd): no\n"),
    ],
)
def test_a_stream_that_fails_shows_what_came_and_one_line(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, error: Any, said: str
) -> None:
    brought(monkeypatch, ["Once", error], ["Once", error])
    done = asked(harness)
    assert (done.code, done.out) == (1, "Once\n")
    assert said in done.err
    assert done.err.count("\n") == 1
    assert not Path(".harness").exists()
    *_, last = asked(harness, "--json").rows
    assert (last["type"], last["error"]) == ("error", done.err.split()[1].rstrip(":"))


def test_events_that_cannot_stand_together_are_the_models_failure(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(monkeypatch, [StreamEvent("text", "a", 0), *called("f", "{}"), CALLS])
    done = asked(harness)
    assert (done.code, done.out) == (1, "a\n")
    assert "harness: EventError: " in done.err


def test_a_refusal_is_a_failure_but_a_complete_answer(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal: list[Any] = ["I cannot", Usage(3, 2), Finish("refusal", "refusal")]
    brought(monkeypatch, refusal, refusal)
    done = asked(harness)
    assert (done.code, done.out) == (1, "I cannot\n")
    assert done.err == (
        "harness: ContentRefused (refusal): the provider would not answer (refusal): "
        "I cannot; put it in other words, or ask another model\n"
    )
    rows = asked(harness, "--json").rows
    assert [row["type"] for row in rows] == ["text", "usage", "finish", "error"]


FAILURES = [
    (
        Error("Wrong key.", "invalid_api_key", 401),
        {},
        "AuthenticationError (401, invalid_api_key): Wrong key; check the key: --key",
    ),
    (
        Error("Slow down.", "rate_limit_exceeded", 429, True),
        {"retry_after": "20"},
        "RateLimitError (429, rate_limit_exceeded): Slow down; try again in 20 s, or "
        "have it tried again with --retries 3",
    ),
    (
        Error("Oops", "server_error", 500, True),
        {},
        "ProviderError (500, server_error): Oops; try again later, or",
    ),
    (
        Error("No such model", "model_not_found", 404),
        {},
        "InvalidRequestError (404, model_not_found): No such model; check the model's",
    ),
    (Error("Too long", "bad", 400), {}, "InvalidRequestError (400, bad): Too long\n"),
]


@pytest.mark.parametrize(("error", "headers", "said"), FAILURES)
def test_a_server_that_refuses_is_told_of_in_one_line(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    error: Error,
    headers: dict[str, str],
    said: str,
) -> None:
    stdin(monkeypatch)
    answer = refuse(PROVIDERS["openai-chat"], error)
    with serving(saying(*answer.chunks, status=answer.status, **headers)) as server:
        where = ("-m", "openai-chat/m", "--base-url", server.url)
        done = harness("prompt", *where, "--key", "sk-secret", "Hi")
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert done.err.count("\n") == 1
    assert "sk-secret" not in done.err
    assert not Path(".harness").exists()


def test_a_server_that_is_not_there_is_told_of_in_one_line(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch)
    with serving(saying()) as server:
        gone = server.url
    done = harness("prompt", "-m", "anthropic/m", "--base-url", gone, "Hi")
    assert done.code == 1
    assert "ConnectionLost" in done.err
    assert "refused; check --base-url and the network\n" in done.err


def test_what_is_given_reaches_the_wire(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, b"piped")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    words: list[Event] = [StreamEvent("text", "Hello", 0), STOP]
    whole = speak(PROVIDERS["openai-chat"], words, stream=False).chunks
    given = ["-m", "openai-chat/m", "-o", "max_tokens", "7", "--timeout", "5", "Hi"]
    with serving(saying(*chunks(*words), content_type="text/event-stream")) as server:
        where = ("--base-url", f"{server.url}/v1/")
        assert harness("prompt", *given, *where, "--key", "sk-given").out == "Hello\n"
        server.script = saying(*whole, content_type="application/json")
        assert harness("prompt", *given, *where, "--no-stream").out == "Hello\n"
    first, second = (json.loads(one.body) for one in server.asked)
    assert server.asked[0].path == "/v1/chat/completions"
    assert server.asked[0].headers["authorization"] == "Bearer sk-given"
    assert server.asked[1].headers["authorization"] is None  # it is for OpenAI alone
    assert (first["max_tokens"], first["stream"]) == (7, True)
    assert first["messages"] == [{"role": "user", "content": "piped\n\nHi"}]
    assert second.get("stream") is not True


def test_it_is_tried_again_where_that_is_wanted(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch)
    words = StreamEvent("text", "Hello", 0)
    good = saying(*chunks(words), content_type="text/event-stream")
    bad = saying(b"{}", status=503, retry_after="0")
    with serving(lambda c: (bad if len(c.server.asked) == 1 else good)(c)) as server:
        where = ("-m", "openai-chat/m", "--base-url", server.url)
        assert harness("prompt", *where, "--retries", "1", "Hi").out == "Hello\n"
    assert len(server.asked) == 2


def test_a_tool_is_declared_by_its_file(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    model = brought(monkeypatch, WORDS)
    write(project, 'def add(a: int):\n    """Add one."""', "t.py")
    asked(harness, "-T", "t.py")
    [tool] = model.prompts[0].tools
    assert isinstance(tool, Tool)
    assert (tool.name, tool.description) == ("add", "Add one.")
