"""llm-github-models 0.18.0: a stream that just stops is a complete answer.

Case: wire-openai-chat-ends::neither-finish-nor-sentinel
Class: F2
Wire: words, then the end: no finish_reason, no [DONE]
Made: text(), done, no error
Matters: half an answer is taken for a whole one
Thread: https://github.com/BerriAI/litellm/issues/32159
Shows: faults::ends-too-early
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of("llm-github-models", "github/gpt-4o")

with says(chat({"content": "The answer is"}, finish=None, usage=False, done=False)):
    response = model.prompt("Well?")
    failed = raised(response.text)
verdict("words and no end", f"{response.text()!r}, raised {failed}", failed is None)
