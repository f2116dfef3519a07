"""langchain-anthropic 1.7.10: streamed, input tokens that message_delta does not repeat are 0.

Case: llama-cpp::plain-text
Class: F10
Wire: message_start with 5 input tokens, message_delta with output tokens alone, as llama.cpp was recorded to send it
Made: usage_metadata has 0 input tokens
Matters: what was sent is counted as free, and nothing says that it was not counted
Thread: no public thread known
Shows: llama-cpp::no-message-start
"""

from langchain_anthropic import ChatAnthropic
from wire import says
from wire_frameworks import added
from wire_llm import verdict
from wire_payloads import TEXT, block, message, words

with says(message(*block(TEXT, words("Rain.")))):
    got = added(ChatAnthropic(model="claude-haiku-4-5", api_key="none")).usage_metadata
verdict("5 tokens in, 7 out", got, got["input_tokens"] == 0)
