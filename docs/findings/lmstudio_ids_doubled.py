"""llm-lmstudio 0.3.1: an id that comes twice is joined to one that nobody gave.

Case: wire-openai-chat::name-empty-in-later-pieces
Class: A1
Wire: two pieces of a call, each with the id `call_a`
Made: the id `call_acall_a`
Matters: the result of the call cannot be sent back under its id
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import chat

model = llm_of("llm-lmstudio", "lmstudio/acme")
first = {"name": "get_weather", "arguments": '{"city": '}
pieces = [{"index": 0, "id": "call_a", "type": "function", "function": first}]
pieces.append({"index": 0, "id": "call_a", "function": {"arguments": '"Paris"}'}})
with says(chat(*({"tool_calls": [piece]} for piece in pieces), finish="tool_calls")):
    response = model.prompt("Hi", tools=[tool()])
    got = [call.tool_call_id for call in response.tool_calls()]
verdict("call_a, and call_a again", got, got == ["call_acall_a"])
