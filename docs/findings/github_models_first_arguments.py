"""llm-github-models 0.18.0: a call whose first piece has no arguments raises TypeError.

Case: wire-openai-chat::first-arguments-null
Class: A1
Wire: a call begins with `arguments: null`, then its arguments come
Made: TypeError: NoneType += str
Matters: hosts that name the call first and give the arguments later cannot call tools
Thread: no public thread known
Shows: wire-openai-chat::first-arguments-missing
"""

from wire import says
from wire_llm import llm_of, raised, tool, verdict
from wire_payloads import chat

model = llm_of("llm-github-models", "github/gpt-4o")

first = {"name": "get_weather", "arguments": None}
pieces = [{"index": 0, "id": "call_a", "type": "function", "function": first}]
pieces.append({"index": 0, "function": {"arguments": '{"city": "Paris"}'}})
with says(chat(*({"tool_calls": [piece]} for piece in pieces), finish="tool_calls")):
    got = raised(model.prompt("Hi", tools=[tool()]).text)
verdict("arguments null, then the arguments", got, "TypeError" in str(got))
