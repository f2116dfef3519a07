"""litellm 1.110.2: two streamed calls with one index become one.

Case: wire-openai-chat::index-always-zero
Class: A4
Wire: two whole tool calls with their own ids and the index 0, as Ollama was reported to send them
Made: stream_chunk_builder gives one call, with both arguments joined and the second id
Matters: neither call can be run, though the ids say that there are two
Thread: https://github.com/huggingface/smolagents/issues/1569
"""

import litellm
from wire import says
from wire_frameworks import completed
from wire_llm import verdict
from wire_payloads import call, chat

one, two = call('{"city": "Paris"}', id="a"), call('{"city": "Rome"}', id="b")
with says(chat({"tool_calls": [one]}, {"tool_calls": [two]}, finish="tool_calls")):
    heard = [*completed("openai/gpt-4.1", stream=True)]
calls = litellm.stream_chunk_builder(heard).choices[0].message.tool_calls
got = [(used.function.arguments, used.id) for used in calls]
verdict("calls of Paris and Rome, index 0 and 0", got, len(got) == 1)
