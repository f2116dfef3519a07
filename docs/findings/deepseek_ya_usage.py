"""llm-deepseek-ya 3.0.0: tokens are never counted.

Case: text::token-counts
Class: F10
Wire: a body with usage: 5 and 2 tokens
Made: usage() is empty
Matters: nobody can tell what an answer cost
Thread: no public thread known
Shows: text::nothing-said, text::stopped-at-length, text::plain
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import chat_whole

model = llm_of("llm-deepseek-ya", "deepseek-chat")

with says(chat_whole({"content": "Hello."})):
    response = model.prompt("Hi", key="none", stream=False)
    response.text()
got = response.usage()
verdict("Hello., 5 and 2 tokens", got, got.output is None)
