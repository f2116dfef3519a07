"""llm-moonshot 0.3.1: a chunk that only counts raises IndexError.

Case: wire-openai-chat-ends::usage-without-choices
Class: F7
Wire: words, then a chunk with `choices: []` and usage
Made: IndexError after the answer was there
Matters: any server that counts tokens in a stream breaks every answer
Thread: https://github.com/Portkey-AI/gateway/issues/1629
Shows: wire-openai-chat-ends::usage-without-choices, wire-openai-chat-ends::first-chunk-without-choices, wire-openai-chat-ends::usage-null-until-the-last
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of("llm-moonshot", "moonshot/acme")
with says(chat({"content": "Hello."})):
    got = raised(lambda: model.prompt("Hi", key="none").text())
verdict("Hello., then choices: []", got, "IndexError" in str(got))
