"""llm 0.36, chat models: a stream that just stops is a complete answer.

Case: wire-openai-chat-ends::neither-finish-nor-sentinel
Class: F2
Wire: words, then the end of the connection: no finish_reason, no [DONE]
Made: text(), done, no error
Matters: half an answer is stored and shown as a whole one
Thread: https://github.com/BerriAI/litellm/issues/32159
Also: llm-meta-ai 0.2, llm-venice 0.9.1, llm-fireworks 0.1a0, llm-sambanova 0.1
Shows: faults::ends-too-early
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of("", "gpt-4o-mini")
with says(chat({"content": "The answer is"}, finish=None, usage=False, done=False)):
    response = model.prompt("Well?", key="none")
    failed = raised(response.text)
verdict("words and no end", f"{response.text()!r}, raised {failed}", failed is None)
