"""llm 0.36, chat models: calls without an index are joined.

Case: wire-openai-chat::calls-without-an-index
Class: A4
Wire: two whole tool calls without `index`, as some hosts send them
Made: JSONDecodeError: the arguments of both were joined
Matters: the same as for an index that is always 0, on hosts that leave it out
Thread: no public thread known
Also: llm-meta-ai 0.2, llm-venice 0.9.1
"""

from wire import says
from wire_llm import llm_of, parts, raised, tool, verdict
from wire_payloads import call, chat

model = llm_of("", "gpt-4o-mini")
calls = [call('{"city": "Paris"}', id="a"), call('{"city": "Rome"}', id="b")]
for one in calls:
    del one["index"]
with says(chat(*({"tool_calls": [one]} for one in calls), finish="tool_calls")):
    got = raised(lambda: parts(model.prompt("Where?", key="none", tools=[tool()])))
verdict("calls of Paris and Rome, no index", got, "JSONDecodeError" in str(got))
