"""llm 0.36, chat models: not streamed, an answer without usage raises AttributeError.

Case: wire-openai-chat-ends::usage-missing-in-a-body
Class: F10
Wire: a whole answer with `usage: null`, as several compatible servers send it
Made: AttributeError after the answer was there
Matters: servers that count nothing cannot be used without streaming
Thread: no public thread known
Also: llm-meta-ai 0.2, llm-venice 0.9.1, llm-fireworks 0.1a0, llm-sambanova 0.1
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat_whole

model = llm_of("", "gpt-4o-mini")
with says(chat_whole({"content": "Hello."}, usage=None)):
    got = raised(lambda: model.prompt("Hi", key="none", stream=False).text())
verdict("Hello., usage: null", got, "AttributeError" in str(got))
