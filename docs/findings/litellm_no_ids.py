"""litellm 1.110.2: streamed calls without ids are lost.

Case: wire-openai-chat::calls-without-ids
Class: A5
Wire: two whole tool calls with the indexes 0 and 1 and no ids
Made: the chunks have them; stream_chunk_builder gives no call, and the finish_reason tool_calls
Matters: an agent stops without a word, though the model called tools
Thread: no public thread known
"""

import litellm
from wire import says
from wire_frameworks import completed
from wire_llm import verdict
from wire_payloads import call, chat

both = [call('{"city": "Paris"}'), call('{"city": "Rome"}', index=1)]
for one in both:
    del one["id"]
with says(chat({"tool_calls": both}, finish="tool_calls")):
    heard = [*completed("openai/gpt-4.1", stream=True)]
calls = litellm.stream_chunk_builder(heard).choices[0].message.tool_calls
got = f"{len(heard[0].choices[0].delta.tool_calls)} in the chunk, {len(calls or ())} built"
verdict("two calls without ids", got, not calls)
