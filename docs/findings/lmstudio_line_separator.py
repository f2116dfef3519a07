"""llm-lmstudio 0.3.1: awaited, words beside a line separator are lost.

Case: text::separators-as-they-are
Class: F2
Wire: an event whose JSON holds U+2028 as it is, as JSON allows
Made: awaited, no text and no error: the event was split at it and passed over; not awaited, all of it
Matters: pieces of an answer are missing, and nothing says so
Thread: https://github.com/langgenius/dify/pull/39008
"""

import asyncio
import json

from wire import says, sse
from wire_llm import library, llm_of, verdict

llm_of("llm-lmstudio", "lmstudio/acme")
model = library().get_async_model("lmstudio/acme")
chunk = {"choices": [{"index": 0, "delta": {"content": "a\u2028b"}}]}


async def asked():
    return await model.prompt("Hi").text()


with says(sse(json.dumps(chunk, ensure_ascii=False), "[DONE]")):
    got = asyncio.run(asked())
verdict("a, U+2028, b", repr(got), got == "")
