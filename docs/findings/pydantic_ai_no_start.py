"""pydantic-ai 2.68.0: a stream without message_start fails with an AssertionError that says nothing.

Case: llama-cpp::no-message-start
Class: F2
Wire: words and message_stop, without message_start, as llama.cpp was recorded to send it
Made: AssertionError without a message
Matters: nobody can tell what is wrong; the words that came are lost
Thread: no public thread known
"""

from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from wire import says, sse
from wire_frameworks import streamed
from wire_llm import raised, verdict
from wire_payloads import TEXT, block, words

last = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
last |= {"usage": {"output_tokens": 2}}
events = [*block(TEXT, words("Hello")), last, {"type": "message_stop"}]
provider = AnthropicProvider(api_key="none")
model = AnthropicModel("claude-sonnet-4-5", provider=provider)
with says(sse(*events, names=True)):
    got = raised(lambda: streamed(model))
verdict("words, no message_start", got, got == "AssertionError: ")
