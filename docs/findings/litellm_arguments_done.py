"""litellm 1.110.2: arguments that come whole are lost.

Case: wire-openai-responses::arguments-only-when-done
Class: A1
Wire: a call whose arguments come in its done events, without a delta, as LM Studio was recorded to send it
Made: a call with `{}`
Matters: the tool is run without its arguments
Thread: https://github.com/BerriAI/litellm/issues/27144
"""

import litellm
from wire import says
from wire_frameworks import completed
from wire_llm import verdict
from wire_payloads import responses

used = {"type": "function_call", "id": "fc_1", "call_id": "call_1"}
used |= {"name": "get_weather", "arguments": '{"city": "Paris"}'}
with says(responses(used | {"status": "completed"}, deltas=False)):
    heard = [*completed("openai/responses/gpt-5", stream=True)]
calls = litellm.stream_chunk_builder(heard).choices[0].message.tool_calls
got = [call.function.arguments for call in calls]
verdict('{"city": "Paris"}, when done', got, got == ["{}"])
