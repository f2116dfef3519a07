"""llm 0.36, chat models: two calls with one index become one whose JSON breaks.

Case: wire-openai-chat::index-always-zero
Class: A4
Wire: two tool calls, each whole, with their own ids and the index 0
Made: JSONDecodeError: the arguments of both were joined
Matters: hosts that number every call 0 cannot be used for parallel calls at all
Thread: https://github.com/comet-ml/opik/issues/8362
Also: llm-meta-ai 0.2, llm-venice 0.9.1
"""

from wire import says
from wire_llm import llm_of, parts, raised, tool, verdict
from wire_payloads import call, chat

model = llm_of("", "gpt-4o-mini")
one, two = call('{"city": "Paris"}', id="a"), call('{"city": "Rome"}', id="b")
with says(chat({"tool_calls": [one]}, {"tool_calls": [two]}, finish="tool_calls")):
    got = raised(lambda: parts(model.prompt("Where?", key="none", tools=[tool()])))
verdict("calls of Paris and Rome, index 0 and 0", got, "JSONDecodeError" in str(got))
