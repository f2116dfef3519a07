"""llm-lmstudio 0.3.1: not streamed, calls stand before the words.

Case: tools::text-then-call
Class: A11
Wire: a message with content and a tool call
Made: parts: call, then text
Matters: what the model said before it called is shown and replayed after it
Thread: no public thread known
Shows: wire-openai-chat-ends::call-before-words-in-a-body, wire-openai-chat::text-and-a-call-in-one-delta
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import call, chat_whole

model = llm_of("llm-lmstudio", "lmstudio/acme")

used = call('{"city": "Paris"}')
with says(chat_whole({"content": "I look.", "tool_calls": [used]}, "tool_calls")):
    got = [p["type"] for p in parts(model.prompt("Hi", tools=[tool()], stream=False))]
verdict("content, and a tool call", got, got == ["tool_call", "text"])
