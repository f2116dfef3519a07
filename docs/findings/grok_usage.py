"""llm-grok 1.4.2: tokens are never counted.

Case: text::plain
Class: F10
Wire: an answer with usage 5 and 2
Made: usage() is empty
Matters: costs cannot be seen
Thread: no public thread known
Shows: text::nothing-said[xai-stream], text::stopped-at-length, text::token-counts, tools::one-call[xai-stream]
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import chat_whole

model = llm_of("llm-grok", "grok-4-latest")
with says(chat_whole({"content": "Hello."})):
    response = model.prompt("Hi", key="none", stream=False)
    response.text()
got = response.usage()
verdict("Hello., 5 and 2 tokens", got, got.input is None and got.output is None)
