"""langchain-openai 1.7.4: arguments that come whole are lost.

Case: wire-openai-responses::arguments-only-when-done
Class: A1
Wire: a call whose arguments come in its done events, without a delta, as LM Studio was recorded to send it
Made: tool_calls has the call with `{}`
Matters: the tool is run without its arguments
Thread: https://github.com/BerriAI/litellm/issues/27144
"""

from langchain_openai import ChatOpenAI
from wire import says, sse
from wire_frameworks import added
from wire_llm import verdict

arguments = '{"city": "Paris"}'
used = {"type": "function_call", "id": "fc_1", "call_id": "call_1"}
used |= {"name": "get_weather", "arguments": arguments, "status": "completed"}
begun = used | {"arguments": "", "status": "in_progress"}
shared = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m"}
whole = shared | {"status": "completed", "output": [used]}
there = {"output_index": 0, "item_id": "fc_1"}
events = [
    {"type": "response.created", "response": shared | {"output": []}},
    {"type": "response.output_item.added", "output_index": 0, "item": begun},
    {"type": "response.function_call_arguments.done", "arguments": arguments} | there,
    {"type": "response.output_item.done", "output_index": 0, "item": used},
    {"type": "response.completed", "response": whole},
]
numbered = [event | {"sequence_number": n} for n, event in enumerate(events)]
model = ChatOpenAI(model="gpt-5", api_key="none", use_responses_api=True)
with says(sse(*numbered, names=True)):
    message = added(model)
got = [call["args"] for call in message.tool_calls]
verdict(f"{arguments}, when done", got, got == [{}])
