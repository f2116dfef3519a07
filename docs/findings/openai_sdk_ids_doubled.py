"""openai 3.57.0: an id that comes twice is joined to one that nobody gave.

Case: wire-openai-chat::name-empty-in-later-pieces
Class: A1
Wire: two pieces of a call, each with the id `call_a`
Made: the accumulated message has the id `call_acall_a`
Matters: hosts that repeat the id in every chunk cannot be used with the stream helpers: the result goes back under an id that is unknown
Thread: no public thread known
"""

import openai
from openai.lib.streaming.chat import ChatCompletionStreamState
from wire import says
from wire_llm import verdict
from wire_payloads import chat

client = openai.OpenAI(api_key="none", max_retries=0)
asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
first = {"name": "get_weather", "arguments": '{"city": '}
pieces = [{"index": 0, "id": "call_a", "type": "function", "function": first}]
pieces.append({"index": 0, "id": "call_a", "function": {"arguments": '"Paris"}'}})
state = ChatCompletionStreamState()
with says(chat(*({"tool_calls": [piece]} for piece in pieces), finish="tool_calls")):
    for chunk in client.chat.completions.create(**asked):
        state.handle_chunk(chunk)
got = state.current_completion_snapshot.choices[0].message.tool_calls[0].id
verdict("call_a, and call_a again", got, got == "call_acall_a")
