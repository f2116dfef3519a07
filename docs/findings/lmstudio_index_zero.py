"""llm-lmstudio 0.3.1: two calls with one index are lost.

Case: wire-openai-chat::index-always-zero
Class: A4
Wire: two whole tool calls with their own ids and the index 0
Made: no call at all: the joined arguments are no JSON
Matters: parallel calls are lost
Thread: https://github.com/comet-ml/opik/issues/8362
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import call, chat

model = llm_of("llm-lmstudio", "lmstudio/acme")
one, two = call('{"city": "Paris"}', id="a"), call('{"city": "Rome"}', id="b")
with says(chat({"tool_calls": [one]}, {"tool_calls": [two]}, finish="tool_calls")):
    got = [
        p for p in parts(model.prompt("Hi", tools=[tool()])) if p["type"] == "tool_call"
    ]
verdict("calls of Paris and Rome, index 0 and 0", got, len(got) < 2)
