"""llm-moonshot 0.3.1: streamed, tokens are never counted.

Case: wire-openai-chat-ends::usage-in-every-chunk
Class: F10
Wire: a chunk that counts 5 and 2 tokens beside its choices
Made: usage() is empty
Matters: nobody can tell what an answer cost
Thread: no public thread known
Shows: wire-openai-chat-ends::finish-then-null, text::plain, text::stopped-at-length, text::token-counts, text::nothing-said, llama-cpp::plain-text, llama-cpp::stopped-at-length
"""

from wire import says, sse
from wire_llm import llm_of, verdict

model = llm_of("llm-moonshot", "moonshot/acme")
counts = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
said = {"choices": [{"index": 0, "delta": {"content": "Hello."}}], "usage": counts}
with says(sse(said, "[DONE]")):
    response = model.prompt("Hi", key="none")
    response.text()
got = response.usage()
verdict("Hello., 5 and 2 tokens", got, got.output is None)
