"""openai 3.57.0: a call without an index raises TypeError.

Case: wire-openai-chat::calls-without-an-index
Class: A4
Wire: a whole tool call without `index`
Made: TypeError: list indices must be integers or slices, not NoneType
Matters: hosts that leave the index out cannot be used with the stream helpers
Thread: no public thread known
"""

import openai
from openai.lib.streaming.chat import ChatCompletionStreamState
from wire import says
from wire_llm import raised, verdict
from wire_payloads import call, chat

client = openai.OpenAI(api_key="none", max_retries=0)
asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
used = call('{"city": "Paris"}')
del used["index"]
state = ChatCompletionStreamState()
with says(chat({"tool_calls": [used]}, {"tool_calls": [used]}, finish="tool_calls")):
    got = raised(
        lambda: [*map(state.handle_chunk, client.chat.completions.create(**asked))]
    )
verdict("calls without index", got, "TypeError" in str(got))
