"""llm-openai-plugin 0.7: streamed calls are read from the last event alone.

Case: wire-openai-responses::interleaved-items
Class: A13
Wire: a function_call, whole in its own events, and a response.completed with `output: []`
Made: tool_calls() is empty
Matters: hosts that do not say everything again at the end lose every call; the answer is empty
Thread: no public thread known
Shows: wire-openai-responses::arguments-only-when-done, wire-openai-responses::item-ids-that-change
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import responses

model = llm_of("llm-openai-plugin", "openai/gpt-4o")
called = {"type": "function_call", "id": "fc_1", "call_id": "call_1"}
called |= {"name": "get_weather", "arguments": '{"city": "Paris"}'}
found = []
for last in ({"output": []}, {}):
    with says(responses(called | {"status": "completed"}, **last)):
        response = model.prompt("Weather?", key="none", tools=[tool()])
        found.append([call.arguments for call in response.tool_calls()])
got = f"{found[0]}, and {found[1]} where the last event repeats it"
verdict("a call with Paris", got, found == [[], [{"city": "Paris"}]])
