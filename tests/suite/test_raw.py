"""Answers written as the wire has them: read, placed, and settled as a stream or not."""

from __future__ import annotations

import pytest

from harness.suite.case import Raw, Says
from tests.suite.reading import only_case, pointed, read, suite_of, wrong
from tests.suite.test_shape import against_schema

ASKED = "provider: anthropic\nprompt: Hi\n"
FRAMES = "says: {frames: [{type: ping}, '[DONE]', [1]]}\n"
BODY = "says: {body: {a: 1}}\n"


def said(fields: str) -> Says | None:
    return only_case(ASKED + fields).turns[0].says


def test_frames_are_kept_as_they_are_written() -> None:
    assert said(FRAMES) == Says(raw=Raw(frames=({"type": "ping"}, "[DONE]", [1])))


def test_a_body_has_a_status_and_a_type_or_the_usual_ones() -> None:
    assert said(BODY) == Says(raw=Raw(body={"a": 1}))
    assert said("says: {body: sorry, status: 502, content_type: text/plain}") == Says(
        raw=Raw(body="sorry", status=502, content_type="text/plain")
    )
    assert said("says: {body: ~}") == Says(raw=Raw())


@pytest.mark.parametrize("fields", [FRAMES, BODY, "says: {frames: []}"])
def test_the_schema_takes_them(fields: str) -> None:
    assert against_schema(suite_of(ASKED + fields)) == []


@pytest.mark.parametrize(
    ("fields", "stream"),
    [
        (FRAMES, True),
        (f"stream: true\n{FRAMES}", True),
        (BODY, False),
        (f"stream: false\n{BODY}", False),
        ("says: {body: no, status: 500}", True),
        ("stream: false\nsays: {body: no, status: 500}", False),
    ],
)
def test_frames_are_streamed_a_body_is_not_and_a_refusal_is_either(
    fields: str, stream: bool
) -> None:
    assert only_case(ASKED + fields).stream is stream


def test_one_answer_settles_how_the_others_travel() -> None:
    case = only_case(
        """
        provider: anthropic
        turns:
          - {prompt: Hi, says: {parts: []}}
          - {reply: {prompt: Yo}, says: {body: {a: 1}}}
        """
    )
    assert case.stream is False


@pytest.mark.parametrize(
    "default", ["stream: false", "matrix: {stream: [true, false]}"]
)
def test_a_default_that_says_how_to_stream_gives_way(default: str) -> None:
    (case,) = read(suite_of(ASKED + FRAMES, f"defaults: {{{default}}}\n")).cases
    assert (case.name, case.stream) == ("c", True)


def test_an_override_may_give_each_wire_its_own_frames() -> None:
    text = """
    matrix: {provider: [anthropic, openai-chat]}
    prompt: Hi
    overrides:
      - {when: {provider: anthropic}, says: {frames: [{type: ping}]}}
      - {when: {provider: openai-chat}, says: {frames: ['[DONE]']}}
    """
    head = "defaults: {matrix: {stream: [true, false]}}\n"
    cases = {case.name: case for case in read(suite_of(text, head)).cases}
    assert {name: case.turns[0].says for name, case in cases.items()} == {
        "c[anthropic]": Says(raw=Raw(frames=({"type": "ping"},))),
        "c[openai-chat]": Says(raw=Raw(frames=("[DONE]",))),
    }


NONSENSE: list[tuple[str, str, str, str, str | None]] = [
    ("says: {frames: [1]}", "H106", "1", "wanted a payload", None),
    ("says: {frames: a}", "H106", "a", "wanted a list", None),
    ("says: {body: a, status: 99}", "H103", "99", "wanted 100 or more", None),
    ("says: {frames: [], body: a}", "H108", "body", "beside frames", "into frames"),
    ("says: {frames: [], usage: {}}", "H108", "usage", "beside frames", "into frames"),
    ("says: {body: a, error: {}}", "H108", "error", "beside body", "into body"),
    ("says: {frames: [], status: 200}", "H108", "status", "goes with a body", "error:"),
    ("says: {content_type: a}", "H108", "content_type", "goes with a body", None),
    ("stream: false\n" + FRAMES, "H108", "frames", "are a stream", "leave out stream"),
    ("stream: true\n" + BODY, "H108", "body", "is no stream", "say stream: false"),
    ("matrix: {stream: [false]}\n" + FRAMES, "H108", "frames", "are a stream", "true"),
]


@pytest.mark.parametrize(("fields", "code", "piece", "said", "hint"), NONSENSE)
def test_what_makes_no_sense_is_placed(
    fields: str, code: str, piece: str, said: str, hint: str | None
) -> None:
    text = suite_of(ASKED + fields)
    (problem,) = wrong(text)
    assert problem.code == code
    assert said in problem.message
    assert (hint or "") in (problem.hint or "")
    assert pointed(text, problem) == piece


def test_a_stream_and_a_body_do_not_mix() -> None:
    turns = f"[{{prompt: Hi, {FRAMES.strip()}}}, {{reply: {{}}, {BODY.strip()}}}]"
    text = suite_of(f"provider: anthropic\nturns: {turns}")
    (problem,) = wrong(text)
    assert pointed(text, problem) == "body"
    assert problem.hint == "the answers of a case travel alike"
