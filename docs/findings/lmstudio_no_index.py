"""llm-lmstudio 0.3.1: calls without an index are lost.

Case: wire-openai-chat::calls-without-an-index
Class: A4
Wire: two whole tool calls without `index`, as some hosts send them
Made: no part, no call, no error
Matters: a model that wants tools looks like one with nothing to say
Thread: https://github.com/huggingface/smolagents/issues/1958
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import call, chat

model = llm_of("llm-lmstudio", "lmstudio/acme")
calls = [call('{"city": "Paris"}', id="a"), call('{"city": "Rome"}', id="b")]
for one in calls:
    del one["index"]
with says(chat({"tool_calls": calls}, finish="tool_calls")):
    got = parts(model.prompt("Hi", tools=[tool()]))
verdict("calls of Paris and Rome, no index", got, got == [])
