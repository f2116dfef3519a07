"""Google's SDK (https://github.com/googleapis/python-genai)."""

from __future__ import annotations

import warnings
from typing import Any

from harness.adapters.sdks._sdk import Heard, Sdk, each, plain, waited
from harness.message.parts import JsonObject
from harness.run.door import Who


class GoogleGenai(Sdk):
    """The SDK, asked as its documentation says.

    Args:
        name: what reports call it.
    """

    def __init__(self, *, name: str = "google-genai") -> None:
        wires = {"gemini": lambda who: Models(who)}
        super().__init__("google-genai", wires, name)


class Models:
    """``generate_content``, streamed and whole."""

    def __init__(self, who: Who) -> None:
        from google import genai

        host, _, version = who.base_url.rpartition("/")
        options = genai.types.HttpOptions(base_url=host, api_version=version)
        # It closes itself once nobody holds it, whoever holds its models.
        self._client = genai.Client(api_key=who.key, http_options=options)
        asked: Any = self._client.aio if who.mode == "async" else self._client
        self._models = asked.models
        self._who = who

    async def ask(self, body: JsonObject, path: str, heard: Heard) -> None:
        """Ask, and take every chunk as it comes."""
        asked = {
            "model": self._who.model,
            "contents": body["contents"],
            "config": _config(body),
        }
        with warnings.catch_warnings():
            # It warns of every word of an enumeration that its types do not name.
            warnings.simplefilter("ignore")
            if not self._who.stream:
                answer = await waited(self._models.generate_content(**asked))
                heard.payloads.append(_sent(answer))
                return
            stream = await waited(self._models.generate_content_stream(**asked))
            await each(stream, lambda chunk: heard.payloads.append(_sent(chunk)))


def _config(body: JsonObject) -> JsonObject:
    """The rest of a body, in the one mapping in which the SDK takes it."""
    rest = {key: value for key, value in body.items() if key != "contents"}
    config = {**rest.pop("generationConfig", {})}
    return config | rest


def _sent(answer: Any) -> JsonObject:
    """An answer as it was sent; the SDK adds its own view of the HTTP around it."""
    said = plain(answer)
    for own in ("sdkHttpResponse", "automaticFunctionCallingHistory", "parsed"):
        said.pop(own, None)
    return said
