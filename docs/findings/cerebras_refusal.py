"""llm-cerebras 0.1.8: a refusal is an empty answer.

Case: wire-openai-chat-ends::refusal-delta
Class: F4
Wire: deltas with `refusal` and no `content`
Made: no text, no error
Matters: the user sees nothing, and nobody learns why
Thread: no public thread known
Shows: refusals::refusal
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of("llm-cerebras", "cerebras-acme")
with says(chat({"refusal": "I cannot help with that."}, usage=False)):
    response = model.prompt("Something bad", key="none")
    failed = raised(response.text)
got = f"{response.text()!r}, raised {failed}"
verdict("refusal: I cannot help with that.", got, got == "'', raised None")
