"""openai 3.57.0: `function: null` in a delta raises an AssertionError that says nothing.

Case: wire-openai-chat::function-null
Class: A14
Wire: a tool call, then a delta of it with `function: null`
Made: AssertionError
Matters: hosts that send an empty last piece cannot be used with the stream helpers
Thread: no public thread known
"""

import openai
from openai.lib.streaming.chat import ChatCompletionStreamState
from wire import says
from wire_llm import raised, verdict
from wire_payloads import call, chat

client = openai.OpenAI(api_key="none", max_retries=0)
asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
state = ChatCompletionStreamState()

pieces = [call('{"city": "Paris"}'), {"index": 0, "function": None}]
with says(chat(*({"tool_calls": [piece]} for piece in pieces), finish="tool_calls")):
    got = raised(
        lambda: [
            [*state.handle_chunk(chunk)]
            for chunk in client.chat.completions.create(**asked)
        ]
    )
verdict("a call, then function: null", got, "AssertionError" in str(got))
