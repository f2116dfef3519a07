"""llm 0.36, Responses models: arguments that come whole are not in the message.

Case: wire-openai-responses::arguments-only-when-done
Class: A1
Wire: a call whose arguments come in the done events, without a delta
Made: messages() has a call without its arguments
Matters: history and logs hold a call that was never made so; gpt-5.3-codex-spark is said to send arguments so
Thread: https://github.com/BerriAI/litellm/issues/27144
"""

from wire import says, sse
from wire_llm import llm_of, parts, tool, verdict

model = llm_of("", "gpt-5-mini")

created = {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": []}
used = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "get_weather",
}
ended = used | {"arguments": '{"city": "Paris"}'}
place = {"output_index": 0, "item_id": "fc_1"}
events = [
    {"type": "response.created", "response": created},
    {
        "type": "response.output_item.added",
        "output_index": 0,
        "item": used | {"arguments": ""},
    },
    {
        "type": "response.function_call_arguments.done",
        **place,
        "arguments": ended["arguments"],
    },
    {"type": "response.output_item.done", "output_index": 0, "item": ended},
    {"type": "response.completed", "response": created | {"output": [ended]}},
]
with says(sse(*(e | {"sequence_number": n} for n, e in enumerate(events)), names=True)):
    response = model.prompt("Where?", key="none", tools=[tool()])
    held = [part["arguments"] for part in parts(response)]
    called = [made.arguments for made in response.tool_calls()]
verdict(
    '{"city": "Paris"}, when done',
    f"messages() {held}, tool_calls() {called}",
    {"city": "Paris"} not in held,
)
