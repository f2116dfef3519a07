"""llm-openai-plugin 0.7: a call that is cut off has text for arguments.

Case: tools::truncated-call
Class: A8
Wire: arguments that stop at `{"city": "Pa`
Made: a ToolCall whose arguments are a str, not a dict
Matters: the tool runs into a TypeError, and history holds what no other adapter can send
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import responses

model = llm_of("llm-openai-plugin", "openai/gpt-4o")

used = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "get_weather",
}
used |= {"arguments": '{"city": "Pa', "status": "incomplete"}
with says(responses(used)):
    got = model.prompt("Where?", key="none", tools=[tool()]).tool_calls()[0].arguments
verdict('arguments {"city": "Pa', repr(got), isinstance(got, str))
