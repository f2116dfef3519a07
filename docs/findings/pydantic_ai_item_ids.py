"""pydantic-ai 2.68.0: a call whose item id changes from event to event is two calls.

Case: wire-openai-responses::item-ids-that-change
Class: A5
Wire: a function_call with another item id in each of its events and one output_index, as GitHub Copilot was recorded to name items
Made: two calls with one id, the first without arguments
Matters: an agent cannot go on: it refuses calls whose ids are not unique
Thread: https://github.com/NousResearch/hermes-agent/issues/94707
"""

from pydantic_ai.models.openai import OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from wire import says, sse
from wire_frameworks import streamed
from wire_llm import verdict

arguments = '{"city": "Paris"}'
used = {"type": "function_call", "call_id": "call_1", "name": "get_weather"}
begun = used | {"id": "one", "arguments": "", "status": "in_progress"}
done = used | {"id": "four", "arguments": arguments, "status": "completed"}
whole = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m"}
whole |= {"output": [], "status": "completed"}
part = "response.function_call_arguments"
events = [
    {"type": "response.created", "response": whole | {"status": "in_progress"}},
    {"type": "response.output_item.added", "item": begun},
    {"type": f"{part}.delta", "item_id": "two", "delta": arguments},
    {"type": f"{part}.done", "item_id": "three", "arguments": arguments},
    {"type": "response.output_item.done", "item": done},
    {"type": "response.completed", "response": whole},
]
numbered = [
    event | {"output_index": 0, "sequence_number": number}
    for number, event in enumerate(events)
]
model = OpenAIResponsesModel("gpt-5", provider=OpenAIProvider(api_key="none"))
with says(sse(*numbered, names=True)):
    calls = streamed(model).tool_calls
got = [(used.tool_call_id, used.args) for used in calls]
verdict(f"call_1 with {arguments}", got, len(got) == 2)
