"""anthropic 2.14.0: a stream without message_start fails with an AssertionError that says nothing.

Case: llama-cpp::no-message-start
Class: F2
Wire: words and message_stop, without message_start, as llama.cpp was recorded to send it
Made: AssertionError without a message
Matters: nobody can tell what is wrong; the words that came are lost
Thread: no public thread known
Also: llm-anthropic 0.30, llm-minimax 0.1
"""

import anthropic
from wire import says, sse
from wire_llm import raised, verdict
from wire_payloads import TEXT, block, words

client = anthropic.Anthropic(api_key="none", max_retries=0)
asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}


def ask():
    with client.messages.stream(**asked) as stream:
        stream.get_final_message()


with says(sse(*block(TEXT, words("Hello")), {"type": "message_stop"}, names=True)):
    got = raised(ask)
verdict("words, no message_start", got, "AssertionError" in str(got))
