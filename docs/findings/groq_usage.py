"""llm-groq 0.9: streamed, tokens are never counted.

Case: text::token-counts
Class: F10
Wire: a stream that counts 5 and 2 in its last chunk
Made: usage() is empty
Matters: costs cannot be seen
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import chat

model = llm_of("llm-groq", "groq/acme")
with says(chat({"content": "Hello."})):
    response = model.prompt("Hi", key="none")
    response.text()
got = response.usage()
verdict("Hello., 5 and 2 tokens", got, got.input is None and got.output is None)
