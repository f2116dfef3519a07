"""The door: a tape played by position, and tools that follow their script."""

from __future__ import annotations

import pytest

from harness.cassette.tape import Exchange, Tape
from harness.errors import ConnectionLost
from harness.run.door import Player, ScriptedTools, raised, result_of
from harness.suite.case import ToolSpec
from harness.wire.http import Ending, Request, Response

ASKED = Request("POST", "https://h.example/v1/messages")
STREAM = (("Content-Type", "text/event-stream; charset=utf-8"),)
JSON = (("content-type", "application/json"),)


def tape(*responses: Response) -> Tape:
    return Tape(tuple(Exchange(ASKED, response) for response in responses))


def test_answers_are_played_by_position_whatever_is_asked() -> None:
    player = Player(tape(Response(200, JSON, (b"1",)), Response(404, JSON, (b"2",))))
    other = Request("GET", "https://elsewhere.example/")
    first, second = player.send(other), player.send(ASKED)
    assert (first.status, b"".join(first.chunks)) == (200, b"1")
    assert (second.status, second.headers, b"".join(second.chunks)) == (404, JSON, b"2")
    assert player.sent == [other, ASKED]
    assert (player.unplayed, player.unmatched) == (0, [])


def test_an_answer_nobody_asked_for_is_counted() -> None:
    player = Player(tape(Response(200), Response(200)))
    assert player.unplayed == 2
    player.send(ASKED)
    assert player.unplayed == 1


def test_a_request_beyond_the_tape_is_lost_and_remembered() -> None:
    player = Player(tape(Response(200)))
    player.send(ASKED)
    with pytest.raises(ConnectionLost, match="request 2: only 1 recorded"):
        player.send(ASKED)
    assert player.unmatched == ["POST https://h.example/v1/messages"]
    assert (player.unplayed, len(player.sent)) == (0, 2)


@pytest.mark.parametrize(
    ("ending", "said"),
    [("cut", "was closed mid-body"), ("reset", "was reset mid-body")],
)
def test_an_ending_is_played_after_what_came_before_it(
    ending: Ending, said: str
) -> None:
    player = Player(tape(Response(200, STREAM, (b"a", b"b"), ending=ending)))
    heard: list[bytes] = []
    with pytest.raises(ConnectionLost, match=said):
        heard += player.send(ASKED).chunks
    assert heard == [b"a", b"b"]


def test_a_body_is_cut_as_asked() -> None:
    response = Response(200, STREAM, (b"da", b"ta: a\n\n"))
    assert list(Player(tape(response)).send(ASKED).chunks) == [b"da", b"ta: a\n\n"]
    assert list(Player(tape(response), "whole").send(ASKED).chunks) == [b"data: a\n\n"]
    commented = b"".join(Player(tape(response), "comment").send(ASKED).chunks)
    assert commented == b": keep-alive\n\ndata: a\n\n: keep-alive\n\n"


@pytest.mark.parametrize("cut", ["crlf", "comment"])
def test_cuts_for_event_streams_leave_other_bodies_unchanged(cut: str) -> None:
    response = Response(200, JSON, (b'{"a":\n1}',))
    chunks = list(Player(tape(response), cut).send(ASKED).chunks)
    assert b"".join(chunks) == b'{"a":\n1}'
    assert len(chunks) == 8
    bare = Response(200, (), (b"ab",))
    assert list(Player(tape(bare), cut).send(ASKED).chunks) == [b"a", b"b"]


def test_tools_give_one_output_a_call_and_the_last_one_over_again() -> None:
    tools = ScriptedTools(
        [ToolSpec("a", None, {}, ("1", "2")), ToolSpec("b", None, {}, ("x",))]
    )
    assert [tools(name, {}) for name in "aabaa"] == ["1", "2", "x", "2", "2"]


def test_a_tool_raises_what_its_script_says() -> None:
    tools = ScriptedTools([ToolSpec("t", None, {}, raises=("ValueError", "no"))])
    with pytest.raises(ValueError, match="no"):
        tools("t", {})
    with pytest.raises(KeyError):
        tools("u", {})


@pytest.mark.parametrize(
    ("name", "kind"), [("OSError", OSError), ("SystemExit", None), ("Mine", None)]
)
def test_an_exception_is_pythons_own_or_made(
    name: str, kind: type[Exception] | None
) -> None:
    error = raised(name, "why")
    assert (type(error).__name__, str(error)) == (name, "why")
    assert isinstance(error, Exception)
    if kind is not None:
        assert type(error) is kind


def test_a_result_tells_of_its_failure_in_llms_words() -> None:
    tools = ScriptedTools([ToolSpec("t", None, {}, raises=("Mine", "no"))])
    failed = result_of("t", {}, "c1", tools)
    assert (failed.output, failed.exception) == ("Error: no", "Mine: no")
    unknown = result_of("u", {}, None, tools)
    assert unknown.output == 'Error: tool "u" does not exist'
    assert unknown.exception == "KeyError: 'u'"
    fine = result_of("v", {}, "c2", lambda name, arguments: name)
    assert (fine.output, fine.exception, fine.tool_call_id) == ("v", None, "c2")
