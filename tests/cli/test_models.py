"""``harness models``: who can be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from harness.providers import PROVIDERS
from harness.reference.model import AsyncModel
from tests.cli.asked import Scripted, installed, stdin
from tests.cli.conftest import Harness


def test_providers_are_listed_with_whether_their_key_is_set(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    done = harness("models")
    assert (done.code, done.err) == (0, "")
    rows = {line.split()[0]: line for line in done.out.splitlines()}
    assert [*rows] == [f"{name}/MODEL" for name in PROVIDERS]
    said = rows["openai-chat/MODEL"].split()
    assert said[1:] == ["https://api.openai.com/v1", "OPENAI_API_KEY", "is", "set"]
    assert rows["vllm/MODEL"].endswith("   needs no key")
    assert rows["anthropic/MODEL"].endswith("   ANTHROPIC_API_KEY is not set")
    assert rows["openai-responses/MODEL"].endswith("; also openai")
    columns = {line.index("http") for line in rows.values()}
    assert len(columns) == 1
    assert "sk-secret" not in done.out


def test_json_lines_say_the_same_and_more(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    done = harness("models", "--json")
    rows = {row["provider"]: row for row in done.rows}
    assert rows["anthropic"]["key_env"] == "ANTHROPIC_API_KEY"
    assert rows["anthropic"]["key_set"] is True
    assert rows["anthropic"]["base_url"] == PROVIDERS["anthropic"].base_url
    assert "streaming" in rows["anthropic"]["capabilities"]
    assert rows["openai-responses"]["aliases"] == ["openai"]
    assert "sk-secret" not in done.out


class Awaited(AsyncModel):
    """Asked by nobody."""

    model_id = "awaited"

    async def execute(self, *_: Any) -> AsyncIterator[str]:
        """What nobody hears."""
        yield ""


def register_models(register: Any) -> None:
    """What a package brings."""
    register(Scripted(), aliases=["s", "t"])
    register(None, Awaited())


def test_registered_models_are_listed_with_their_aliases(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, package=register_models)
    *_, ours, awaited = harness("models").out.splitlines()
    assert " ".join(ours.split()) == "scripted also s, t"
    assert " ".join(awaited.split()) == "awaited only to be awaited"
    *_, row, _ = harness("models", "--json").rows
    assert row == {
        "model": "scripted", "aliases": ["s", "t"], "sync": True, "async": False
    }  # fmt: skip


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_package_that_fails_is_named_and_the_others_are_listed(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, option: list[str]
) -> None:
    def broken(register: Any) -> None:
        raise RuntimeError("no luck")

    installed(monkeypatch, broken=broken, package=register_models)
    done = harness("models", *option)
    assert done.code == 2
    assert done.err == (
        "harness: models of 'broken' (broken:register_models): RuntimeError: no luck\n"
    )
    assert "openai-chat" in done.out
    assert "scripted" in done.out


def test_a_package_that_fails_does_not_stand_in_the_way_of_others(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, broken=lambda register: 1 / 0, package=register_models)
    stdin(monkeypatch)
    assert "what is asked?" in harness("prompt", "-m", "t", " ").err
    done = harness("prompt", "-m", "nobody", "Hi")
    assert (done.code, "models of 'broken'" in done.err) == (2, True)
