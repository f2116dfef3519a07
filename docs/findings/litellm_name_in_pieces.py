"""litellm 1.110.2: a name in two pieces keeps the last.

Case: wire-openai-chat::name-in-pieces
Class: A7
Wire: a call whose name comes as `get_` and `weather`
Made: stream_chunk_builder gives a call of `weather`
Matters: the tool is not found, or another one is run
Thread: no public thread known
"""

import litellm
from wire import says
from wire_frameworks import completed
from wire_llm import verdict
from wire_payloads import call, chat

first = call("", name="get_", id="a")
second = {"index": 0, "function": {"name": "weather", "arguments": "{}"}}
pieces = [{"tool_calls": [first]}, {"tool_calls": [second]}]
with says(chat(*pieces, finish="tool_calls")):
    heard = [*completed("openai/gpt-4.1", stream=True)]
calls = litellm.stream_chunk_builder(heard).choices[0].message.tool_calls
got = [used.function.name for used in calls]
verdict("get_ and weather", got, got == ["weather"])
