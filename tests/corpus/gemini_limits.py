"""Limits of Google's SDK on generateContent."""

from __future__ import annotations

from tests.corpus.limits import Limit
from tests.corpus.recordings import Line, Recording

NUMBERED = {1: "STOP", 2: "MAX_TOKENS", 3: "SAFETY", 4: "RECITATION", 5: "OTHER"}
"""Finish reasons by the number that older Vertex and ``enum-encoding=int`` give."""


COUNTED = ("promptTokensDetails", "candidatesTokensDetails", "trafficType")


def _is_an_array(recording: Recording) -> bool:
    return recording.body.lstrip().startswith(b"[")


def _named(said: list[Line]) -> list[Line]:
    for _, chunk in said:
        for candidate in chunk.get("candidates") or ():
            number = candidate.get("finishReason")
            if isinstance(number, int):
                candidate["finishReason"] = NUMBERED[number]
                # Of what else is numbered here, nothing is compared.
                candidate.pop("safetyRatings", None)
                for word in COUNTED:
                    chunk.get("usageMetadata", {}).pop(word, None)
    return said


LIMITS = (
    Limit("the SDK does not read a stream that is one array", seen=_is_an_array),
    Limit("the SDK knows enumerations by their names alone", _named),
    Limit("the SDK knows enumerations by their names alone", _named, streamed=False),
)
"""In the order in which they are mended together."""
