"""llm 0.36, chat models: a name in two pieces keeps the first.

Case: wire-openai-chat::name-in-pieces
Class: A7
Wire: a call whose name comes as `get_` and `weather`
Made: messages() says `get_`; tool_calls() says something else than the part
Matters: the tool is not found, or the history names another one than was called
Thread: no public thread known
Also: llm-meta-ai 0.2, llm-venice 0.9.1
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import call, chat

model = llm_of("", "gpt-4o-mini")
first, rest = (
    call("", name="get_", id="a"),
    {"index": 0, "function": {"name": "weather"}},
)
last = {"index": 0, "function": {"arguments": '{"city": "Paris"}'}}
deltas = [{"tool_calls": [piece]} for piece in (first, rest, last)]
with says(chat(*deltas, finish="tool_calls")):
    response = model.prompt("Where?", key="none", tools=[tool()])
    got = [part["name"] for part in parts(response)]
verdict("get_ + weather", got, got == ["get_"])
