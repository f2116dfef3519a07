"""llm 0.36, chat models: a refusal is an empty answer.

Case: wire-openai-chat-ends::refusal-delta
Class: F4
Wire: a delta with `refusal`, finish_reason `stop`
Made: no part, no text, no error
Matters: the user sees nothing at all, and cannot tell a refusal from a bug
Thread: no public thread known
Also: llm-meta-ai 0.2, llm-venice 0.9.1, llm-fireworks 0.1a0, llm-sambanova 0.1
Shows: refusals::refusal, wire-openai-chat-ends::refusal-in-a-body
"""

from wire import says
from wire_llm import llm_of, parts, verdict
from wire_payloads import chat

model = llm_of("", "gpt-4o-mini")
with says(chat({"refusal": "I cannot help with that."})):
    got = parts(model.prompt("Something bad", key="none"))
verdict("refusal: I cannot help with that.", got, got == [])
