"""llm's models: what is found out of them, how they are asked, and what is seen."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import llm
import pytest

from harness.adapters._raised import failure
from harness.adapters.llm import UNSEEN, Llm
from harness.adapters.llm.home import Home
from harness.adapters.llm.probe import Probe
from harness.errors import UsageError
from harness.run.asked import wire_of
from harness.run.observe import KEY
from tests.adapters.trying import failures, tried

URL = "https://api.acme.example/v1/chat/completions"


class Old(llm.KeyModel):
    """As plugins were before messages: it yields text, and knows of conversations."""

    model_id = "acme-old"
    needs_key = "acme"
    can_stream = True
    path = URL

    def execute(
        self, prompt: Any, stream: bool, response: Any, conversation: Any, key: Any
    ) -> Iterator[str]:
        said = []
        for before in conversation.responses if conversation else ():
            said.append({"role": "user", "content": before.prompt.prompt})
            said.append({"role": "assistant", "content": before.text()})
        said.append({"role": "user", "content": prompt.prompt})
        body = {"model": "m", "messages": said, "stream": False}
        answer = httpx.post(self.path, json=body, headers={"authorization": key})
        yield answer.json()["choices"][0]["message"]["content"]


class Silent(Old):
    """It asks nobody."""

    model_id = "acme-silent"

    def execute(self, *_: Any, **__: Any) -> Iterator[str]:
        yield "Hello"


class Stranger(Old):
    """It asks somebody nobody knows."""

    model_id = "acme-stranger"
    path = "https://api.acme.example/speak"


@pytest.fixture(autouse=True, scope="module")
def _acme() -> Iterator[None]:
    """A plugin, for as long as these tests run."""
    from llm.plugins import load_plugins, pm

    module: Any = ModuleType("llm_acme")

    @llm.hookimpl
    def register_models(register: Any) -> None:
        for model in (Old, Silent, Stranger):
            register(model())

    module.register_models = register_models
    load_plugins()  # type: ignore[no-untyped-call]  # llm's own
    pm.register(module, "acme")
    yield
    pm.unregister(module)


def test_what_a_model_speaks_and_can_is_found_out() -> None:
    adapter = Llm("gpt-4o-mini", name="mine")
    assert adapter.seen == Probe("openai-chat", events=True, messages=True)
    assert adapter.name == "mine"
    assert adapter.providers == {"openai-chat"}
    assert {"tools", "schema", "attachments", "async"} <= adapter.capabilities
    assert adapter.version.startswith("llm ")
    assert adapter.unseen == UNSEEN


def test_a_plugin_without_messages_gets_a_short_level() -> None:
    adapter = Llm("acme-old")
    assert adapter.seen == Probe("openai-chat", events=False, messages=False)
    assert adapter.capabilities == {"usage", "conversation", "streaming"}
    assert "events" in adapter.unseen
    found = [*tried(adapter, "text")]
    skipped = [r for r in found if r.verdict == "skipped"]
    assert {r.case.id for r in skipped} >= {"history-given"}
    assert all("has no messages" in r.reason for r in skipped)
    wrong = failures(iter(found))
    # It never sends a system prompt, and counts nothing.
    wanting = ("nothing-said", "plain", "stopped-at-length", "token-counts")
    assert set(wrong) == {
        f"{name}[openai-chat-{way}]"
        for name in ("system-prompt", *wanting)
        for way in ("stream", "whole")
    }
    assert wrong["plain[openai-chat-whole]"] == ["usage"]
    assert "request.complete" in wrong["system-prompt[openai-chat-whole]"]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("acme-odl", "llm has no model 'acme-odl': did you mean 'acme-old'"),
        ("acme-silent", "acme-silent sends nothing when it is asked"),
        (
            "acme-stranger",
            r"asks https://api\.acme\.example/speak: set provider, one of",
        ),
    ],
)
def test_a_model_that_cannot_be_tried_is_told(model: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        _ = Llm(model).seen


def test_llm_without_its_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llm", None)
    with pytest.raises(UsageError, match="llm is not installed: pip install llm"):
        Llm("gpt-4o-mini")


def test_what_is_claimed_is_believed_and_tried() -> None:
    adapter = Llm("acme-old", provider="groq", capabilities=["tools", "streaming"])
    assert adapter.providers == {"groq"}
    assert adapter.capabilities == {"tools", "streaming"}
    assert "rich-arguments[groq-whole]" in failures(
        tried(adapter, "tools", "rich-arguments")
    )


def test_an_option_that_a_model_does_not_have_is_not_applicable() -> None:
    results = [*tried(Llm("acme-old"), "llama-cpp", "plain-text")]
    assert [(r.verdict, r.reason) for r in results] == [
        ("inapplicable", "llm: acme-old has no option 'temperature'")
    ]


def test_home_is_elsewhere_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_USER_PATH", "mine")
    monkeypatch.delenv("ACME", raising=False)
    home = Home(None, ["acme"], {"ACME": "1"}, {"acme.json": [1]})
    with home.entered():
        folder = Path(os.environ["LLM_USER_PATH"])
        assert json.loads((folder / "keys.json").read_text())["acme"] == KEY
        assert (folder / "acme.json").read_text() == "[1]"
        assert os.environ["ACME"] == "1"
    assert os.environ["LLM_USER_PATH"] == "mine"
    assert "ACME" not in os.environ
    del home
    assert not folder.exists()


@pytest.mark.parametrize(
    ("url", "wire"),
    [
        ("https://api.groq.com/openai/v1/chat/completions", "groq"),
        ("https://api.deepseek.com/chat/completions", "deepseek"),
        ("http://localhost:1/v1/chat/completions", "openai-chat"),
        ("https://api.openai.com/v1/responses", "openai-responses"),
        ("https://api.acme.example/speak", None),
    ],
)
def test_a_url_tells_the_wire(url: str, wire: str | None) -> None:
    assert wire_of(url) == wire


def test_what_is_raised_is_an_error_with_the_status_behind_it() -> None:
    def raised(error: Exception, cause: Exception | None = None) -> Exception:
        try:
            raise error from cause
        except Exception as caught:  # what was raised a line above
            return caught

    request = httpx.Request("GET", URL)
    behind = httpx.HTTPStatusError("no", request=request, response=httpx.Response(429))
    assert failure(raised(ValueError("Slow down"), behind)).status == 429
    assert failure(raised(ValueError("Slow down"))).status is None
    assert failure(raised(ValueError("x"))).message == "ValueError: x"
    said = failure(raised(AssertionError())).message
    assert said.startswith("AssertionError: in test_what_is_raised")
    botocore: Any = ValueError("no")
    botocore.response = {"ResponseMetadata": {"HTTPStatusCode": 403}}
    assert failure(raised(botocore)).status == 403


def test_what_llm_itself_loses_is_seen() -> None:
    chat = Llm("gpt-4o-mini")
    assert failures(
        tried(chat, "system", "new-on-the-third-turn", "beside-the-prompt")
    ) == {"new-on-the-third-turn[openai-chat]": ["request.complete"]}


def test_what_llm_documents_is_not_asked_of_it() -> None:
    (result,) = tried(Llm("gpt-4o-mini"), "system", "beside-messages")
    assert result.verdict == "inapplicable"
    assert "messages= or system=" in result.reason


def test_what_llm_itself_loses_of_an_answer_is_seen() -> None:
    """Thoughts, refusals, and parts in their order."""
    chat = Llm("gpt-4o-mini")
    lost = failures(tried(chat, "reasoning", "think-then-answer"))
    assert lost["think-then-answer[openai-chat-stream]"] == ["events.complete", "parts"]
    assert (
        failures(tried(chat, "text", "plain", "beyond-ascii", "long-conversation"))
        == {}
    )
