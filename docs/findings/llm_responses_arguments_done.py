"""llm 0.36, Responses models: arguments that come whole are not in the message.

Case: wire-openai-responses::arguments-only-when-done
Class: A1
Wire: a call whose arguments come in its done event, without a delta
Made: messages() has a call without its arguments
Matters: history and logs hold a call that was never made so; gpt-5.3-codex-spark is said to send arguments so
Thread: https://github.com/BerriAI/litellm/issues/27144
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import responses

model = llm_of("", "gpt-5-mini")
used = {"type": "function_call", "id": "fc_1", "call_id": "call_1"}
used |= {"name": "get_weather", "arguments": '{"city": "Paris"}'}
with says(responses(used, deltas=False)):
    response = model.prompt("Where?", key="none", tools=[tool()])
    held = [part["arguments"] for part in parts(response)]
    called = [made.arguments for made in response.tool_calls()]
got = f"messages() {held}, tool_calls() {called}"
verdict('{"city": "Paris"}, when done', got, {"city": "Paris"} not in held)
