"""openai 3.57.0: two calls with one index become one.

Case: wire-openai-chat::index-always-zero
Class: A4
Wire: two whole tool calls with their own ids and the index 0
Made: one call, `get_weatherget_weather`, with both arguments joined
Matters: hosts that number every call 0 lose calls with the stream helpers
Thread: https://github.com/comet-ml/opik/issues/8362
"""

import openai
from openai.lib.streaming.chat import ChatCompletionStreamState
from wire import says
from wire_llm import verdict
from wire_payloads import call, chat

client = openai.OpenAI(api_key="none", max_retries=0)
asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
one, two = call('{"city": "Paris"}', id="a"), call('{"city": "Rome"}', id="b")
state = ChatCompletionStreamState()
with says(chat({"tool_calls": [one]}, {"tool_calls": [two]}, finish="tool_calls")):
    for chunk in client.chat.completions.create(**asked):
        state.handle_chunk(chunk)
calls = state.current_completion_snapshot.choices[0].message.tool_calls
got = [(c.function.name, c.function.arguments) for c in calls]
verdict("calls of Paris and Rome, index 0 and 0", got, len(got) == 1)
