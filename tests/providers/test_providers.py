"""Providers by name: those built in, and those that packages bring."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from types import ModuleType

import pytest

from harness.errors import UsageError
from harness.message.events import Error
from harness.providers import GROUP, PROVIDERS, WHERE, _Providers
from harness.providers._square import hear, refuse
from tests import write_providers

Offer = Callable[..., _Providers]

ACME = replace(PROVIDERS["openai-chat"], name="acme", namespace="acme")


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Installs entry points, and a module they may name."""
    module = ModuleType("acme_wire")
    module.PROVIDER, module.WORD = ACME, "acme"  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "acme_wire", module)

    def installed(*named: tuple[str, str]) -> _Providers:
        entries = [metadata.EntryPoint(name, value, GROUP) for name, value in named]
        monkeypatch.setattr(
            metadata, "entry_points", lambda *, group: {GROUP: entries}[group]
        )
        return _Providers()

    return installed


@pytest.mark.parametrize(
    ("name", "key_env", "with_key", "without"),
    [
        ("openai-chat", "OPENAI_API_KEY", {"authorization": "Bearer k"}, {}),
        ("openai-responses", "OPENAI_API_KEY", {"authorization": "Bearer k"}, {}),
        ("cohere", "CO_API_KEY", {"authorization": "Bearer k"}, {}),
        (
            "gemini-interactions",
            "GEMINI_API_KEY",
            {"x-goog-api-key": "k", "api-revision": "2026-05-20"},
            {"api-revision": "2026-05-20"},
        ),
        ("gemini", "GEMINI_API_KEY", {"x-goog-api-key": "k"}, {}),
        ("bedrock", "AWS_BEARER_TOKEN_BEDROCK", {"authorization": "Bearer k"}, {}),
        (
            "anthropic",
            "ANTHROPIC_API_KEY",
            {"x-api-key": "k", "anthropic-version": "2023-06-01"},
            {"anthropic-version": "2023-06-01"},
        ),
    ],
)
def test_without_a_key_a_request_says_all_but_who_asks(
    name: str, key_env: str, with_key: dict[str, str], without: dict[str, str]
) -> None:
    provider = PROVIDERS[name]
    assert provider.key_env == key_env
    assert provider.headers("k") == with_key
    assert provider.headers(None) == without


def test_what_is_built_in_comes_first_and_under_its_own_name(offer: Offer) -> None:
    providers = offer(("acme", "acme_wire:PROVIDER"))
    assert list(providers) == [*WHERE, "acme"]
    assert len(providers) == len(WHERE) + 1
    assert all(provider.name == name for name, provider in providers.items())


def test_a_package_brings_its_provider(offer: Offer) -> None:
    providers = offer(("acme", "acme_wire:PROVIDER"))
    assert "acme" in providers
    assert providers["acme"] is ACME


def test_a_name_that_nobody_offers_is_in_no_table(offer: Offer) -> None:
    providers = offer(("acme", "acme_wire:PROVIDER"))
    assert "acne" not in providers
    assert providers.get("acne") is None
    with pytest.raises(KeyError, match="acne"):
        providers["acne"]


def test_a_package_cannot_take_a_name_that_is_built_in(offer: Offer) -> None:
    providers = offer(("anthropic", "acme_wire:PROVIDER"))
    assert providers["anthropic"] is PROVIDERS["anthropic"]
    with pytest.raises(
        UsageError,
        match=r"'anthropic' \(acme_wire:PROVIDER\) takes the name of harness\.providers",
    ):
        list(providers)


def test_two_packages_cannot_take_one_name(offer: Offer) -> None:
    providers = offer(("acme", "acme_wire:PROVIDER"), ("acme", "other:PROVIDER"))
    with pytest.raises(UsageError, match=r"other:PROVIDER.* the name of acme_wire:"):
        providers["acme"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no_such_module:PROVIDER", "cannot be loaded: ModuleNotFoundError"),
        ("acme_wire:NONE", "cannot be loaded: AttributeError"),
        ("acme_wire:WORD", "no Provider of that name: 'acme'"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(
    offer: Offer, value: str, said: str
) -> None:
    providers = offer(("acme", value))
    assert "acme" in providers
    with pytest.raises(UsageError, match=f"^provider 'acme' .{value}. .*{said}"):
        providers["acme"]


def test_a_provider_offered_under_a_name_not_its_own_is_refused(offer: Offer) -> None:
    providers = offer(("emca", "acme_wire:PROVIDER"))
    with pytest.raises(UsageError, match="no Provider of that name"):
        providers["emca"]


@pytest.mark.parametrize("name", WHERE)
def test_an_error_is_refused_as_it_was_and_says_when_to_come_back(name: str) -> None:
    provider = PROVIDERS[name]
    facts = {"retry_after": "7", "retry_after_ms": "7000", "request_id": "req-1"}
    meant = Error("Slow down", None, 429, True, {provider.namespace: facts})
    said = refuse(provider, meant)
    assert said.status == 429
    (again,) = hear(provider, said.status, said.headers, said.chunks)
    assert isinstance(again, Error)
    assert (again.message, again.status) == (meant.message, meant.status)
    assert again.retryable
    told = (again.provider_metadata or {})[provider.namespace]
    assert {key: told[key] for key in facts} == facts


def test_the_page_of_providers_says_what_holds() -> None:
    assert write_providers.PAGE.read_text("utf-8") == write_providers.page()
