"""pydantic-ai 2.68.0: two streamed calls of Mistral's become one.

Case: wire-openai-chat::calls-without-an-index
Class: A4
Wire: two whole tool calls with their own ids and no `index`, in one chunk, as Mistral was recorded to send them
Made: one call, `get_weatherget_weather`, with both arguments joined: the index 0 that the SDK fills in is believed
Matters: parallel calls, which Mistral models make unasked, are lost when streamed
Thread: https://github.com/comet-ml/opik/issues/8362
"""

from pydantic_ai.models.mistral import MistralModel
from pydantic_ai.providers.mistral import MistralProvider
from wire import says, sse
from wire_frameworks import streamed
from wire_llm import verdict
from wire_payloads import call

model = MistralModel("m", provider=MistralProvider(api_key="none"))
calls = [call('{"city": "Paris"}', id="nqjf8Hqe1")]
calls.append(call('{"city": "Rome"}', id="ATcpCKul3"))
for one in calls:
    del one["index"]
choice = {"index": 0, "delta": {"tool_calls": calls}, "finish_reason": "tool_calls"}
chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
with says(sse(chunk | {"choices": [choice]}, "[DONE]")):
    calls = streamed(model).tool_calls
got = [(used.tool_name, used.args, used.tool_call_id) for used in calls]
verdict("calls of Paris and Rome, no index", got, len(got) == 1)
