"""llm-github-models 0.18.0: a name in two pieces raises TypeError.

Case: wire-openai-chat::name-in-pieces
Class: A7
Wire: the function name as `get_` and `weather`, without arguments beside it
Made: TypeError
Matters: a call whose name is streamed ends the answer
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, raised, tool, verdict
from wire_payloads import chat

model = llm_of("llm-github-models", "github/gpt-4o")

first = {"index": 0, "id": "call_a", "type": "function"}
pieces = [first | {"function": {"name": "get_", "arguments": ""}}]
pieces.append({"index": 0, "function": {"name": "weather"}})
pieces.append({"index": 0, "function": {"arguments": '{"city": "Paris"}'}})
with says(chat(*({"tool_calls": [piece]} for piece in pieces), finish="tool_calls")):
    got = raised(model.prompt("Hi", tools=[tool()]).text)
verdict("get_ + weather", got, "TypeError" in str(got))
