"""llm-inception 0.2.1: awaited, the second turn of a conversation fails.

Case: system::new-on-the-third-turn
Class: D5
Wire: nothing: the second request is never sent
Made: ModelError: Object of type coroutine is not JSON serializable; it is the first answer
Matters: awaited, no conversation gets beyond its first answer
Thread: https://github.com/simonw/llm-anthropic/issues/13
"""

import asyncio

from wire import says
from wire_llm import library, llm_of, raised, verdict
from wire_payloads import chat

llm_of("llm-inception", "inception/mercury")
talk = library().get_async_model("inception/mercury").conversation()


async def asked():
    await talk.prompt("One?", key="none").text()
    await talk.prompt("Two?", key="none").text()


with says(chat({"content": "Hello."}, usage=False)) as sent:
    got = raised(lambda: asyncio.run(asked()))
verdict("two turns", got, "coroutine" in str(got) and len(sent) == 1)
