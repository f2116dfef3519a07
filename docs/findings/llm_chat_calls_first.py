"""llm 0.36, chat models: not streamed, calls stand before the words.

Case: tools::text-then-call
Class: A11
Wire: a message with words and a call, as one JSON body
Made: the call first, then the text; streamed it is the other way round
Matters: the stored answer depends on whether it was streamed, and is sent back in another order than it was said
Thread: no public thread known
Also: llm-meta-ai 0.2, llm-venice 0.9.1
Shows: wire-openai-chat-ends::call-before-words-in-a-body
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import call, chat_whole

model = llm_of("", "gpt-4o-mini")
spoken = {"content": "I look.", "tool_calls": [call('{"city": "Paris"}')]}
with says(chat_whole(spoken, "tool_calls")):
    response = model.prompt("Where?", key="none", tools=[tool()], stream=False)
    got = [part["type"] for part in parts(response)]
verdict("content, and a tool call", got, got == ["tool_call", "text"])
