"""llm-zai 0.2.1: not streamed, calls stand before the words.

Case: tools::text-then-call
Class: A11
Wire: a message with content and a tool call
Made: parts: call, then text
Matters: what the model said before it called is shown and replayed after it
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import call, chat_whole

model = llm_of("llm-zai", "glm-5")

used = call('{"city": "Paris"}')
with says(chat_whole({"content": "I look.", "tool_calls": [used]}, "tool_calls")):
    response = model.prompt("Hi", tools=[tool()], stream=False, key="none")
    got = [part["type"] for part in parts(response)]
verdict("content, and a tool call", got, got == ["tool_call", "text"])
