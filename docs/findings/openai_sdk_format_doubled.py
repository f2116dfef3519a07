"""openai 3.57.0: text fields it does not know are joined, though they are no pieces.

Case: reasoning::signed-thoughts-and-a-call
Class: B5
Wire: two deltas with reasoning_details of the format `anthropic-v1`
Made: the accumulated message has the format `anthropic-v1anthropic-v1`
Matters: reasoning state that must go back as it came is sent back broken
Thread: no public thread known
Shows: reasoning::think-then-call-twice, reasoning::thinking-twice, server-tools::search-and-answer
"""

import openai
from openai.lib.streaming.chat import ChatCompletionStreamState
from wire import says
from wire_llm import verdict
from wire_payloads import chat

client = openai.OpenAI(api_key="none", max_retries=0)
asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
detail = {"type": "reasoning.text", "index": 0, "format": "anthropic-v1"}
deltas = [
    {"reasoning_details": [detail | {"text": text}]} for text in ("Let me ", "think.")
]
state = ChatCompletionStreamState()
with says(chat(*deltas)):
    for chunk in client.chat.completions.create(**asked):
        state.handle_chunk(chunk)
message = state.current_completion_snapshot.choices[0].message
got = message.model_extra["reasoning_details"][0]["format"]
verdict("format anthropic-v1, twice", got, got != "anthropic-v1")
