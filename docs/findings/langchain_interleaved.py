"""langchain-openai 1.7.4: arguments of calls that stream in turn belong to no call.

Case: wire-openai-responses::interleaved-items
Class: A3
Wire: two function_call items of the Responses API, and deltas of their arguments in turns, each with its output_index
Made: both calls have the arguments `{}`, and their pieces are calls of their own, without a name
Matters: both tools run with nothing
Thread: https://github.com/headroomlabs-ai/headroom/issues/2890
"""

from langchain_openai import ChatOpenAI
from wire import says, sse
from wire_frameworks import added
from wire_llm import verdict

response = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m"}
events = [{"type": "response.created", "response": response | {"output": []}}]
places = [
    {"output_index": 0, "item_id": "fc_0"},
    {"output_index": 1, "item_id": "fc_1"},
]
for number in range(2):
    item = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}"}
    item |= {"name": "get_weather", "arguments": "", "status": "in_progress"}
    added_one = {"type": "response.output_item.added", "output_index": number}
    events.append(added_one | {"item": item})
for pieces in ('{"city": "P', '{"city": "R'), ('aris"}', 'ome"}'):
    for place, piece in zip(places, pieces, strict=True):
        kind = "response.function_call_arguments.delta"
        events.append({"type": kind, "delta": piece} | place)
done = response | {"status": "completed", "output": []}
events.append({"type": "response.completed", "response": done})
stream = sse(*(e | {"sequence_number": n} for n, e in enumerate(events)), names=True)
with says(stream):
    message = added(ChatOpenAI(model="gpt-4.1", api_key="none", use_responses_api=True))
got = [(call["name"], call["args"]) for call in message.tool_calls]
verdict("calls of Paris and Rome", got, got[:2] == [("get_weather", {})] * 2)
