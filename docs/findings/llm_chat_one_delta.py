"""llm 0.36, chat models: words in the same delta as a call come after it.

Case: wire-openai-chat::text-and-a-call-in-one-delta
Class: A12
Wire: one delta with `content` and `tool_calls`
Made: the call first, then the text
Matters: the order of what was said is lost
Thread: no public thread known
Also: llm-meta-ai 0.2, llm-venice 0.9.1
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import call, chat

model = llm_of("", "gpt-4o-mini")
delta = {"content": "I look.", "tool_calls": [call('{"city": "Paris"}')]}
with says(chat(delta, finish="tool_calls")):
    response = model.prompt("Where?", key="none", tools=[tool()])
    got = [part["type"] for part in parts(response)]
verdict("content and a call in one delta", got, got == ["tool_call", "text"])
