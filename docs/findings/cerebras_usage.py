"""llm-cerebras 0.1.8: tokens are never counted.

Case: text::token-counts
Class: F10
Wire: a body with usage: 5 and 2 tokens
Made: usage() is empty
Matters: nobody can tell what an answer cost
Thread: no public thread known
Shows: text::plain, text::stopped-at-length, text::token-counts, text::nothing-said[openai-chat-stream], llama-cpp::plain-text, llama-cpp::stopped-at-length, llama-cpp::not-streamed, wire-openai-chat-ends::usage-in-every-chunk, wire-openai-chat-ends::finish-then-null
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import chat_whole

model = llm_of("llm-cerebras", "cerebras-acme")

with says(chat_whole({"content": "Hello."})):
    response = model.prompt("Hi", key="none", stream=False)
    response.text()
got = response.usage()
verdict("Hello., 5 and 2 tokens", got, got.output is None)
