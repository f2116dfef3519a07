"""llm 0.36, chat models: two calls without ids become four parts.

Case: wire-openai-chat::calls-without-ids
Class: A5
Wire: two tool calls with indexes 0 and 1 and no ids
Made: four tool_call parts for two calls
Matters: the history holds calls that nobody made, and no result answers them
Thread: https://github.com/simonw/llm/issues/1481
Also: llm-meta-ai 0.2, llm-venice 0.9.1
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import call, chat

model = llm_of("", "gpt-4o-mini")
one, two = call('{"city": "Paris"}'), call('{"city": "Rome"}', index=1)
del one["id"], two["id"]
with says(chat({"tool_calls": [one]}, {"tool_calls": [two]}, finish="tool_calls")):
    got = parts(model.prompt("Where?", key="none", tools=[tool()]))
verdict("two calls", f"{len(got)} parts: {got}", len(got) == 4)
