"""openai 3.57.0: a name that comes twice is joined to one that nobody gave.

Case: wire-openai-chat::name-empty-in-later-pieces
Class: A1
Wire: two pieces of a call, each with the name `get_weather`
Made: the accumulated message has the name `get_weatherget_weather`
Matters: hosts that repeat the name in every chunk cannot be used with the stream helpers: there is no such tool
Thread: no public thread known
"""

import openai
from openai.lib.streaming.chat import ChatCompletionStreamState
from wire import says
from wire_llm import verdict
from wire_payloads import call, chat

client = openai.OpenAI(api_key="none", max_retries=0)
asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
state = ChatCompletionStreamState()

pieces = [
    call('{"city": '),
    {"index": 0, "function": {"name": "get_weather", "arguments": '"Paris"}'}},
]
with says(chat(*({"tool_calls": [piece]} for piece in pieces), finish="tool_calls")):
    for chunk in client.chat.completions.create(**asked):
        state.handle_chunk(chunk)
got = state.current_completion_snapshot.choices[0].message.tool_calls[0].function.name
verdict("get_weather, and get_weather again", got, got == "get_weatherget_weather")
