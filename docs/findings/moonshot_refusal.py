"""llm-moonshot 0.3.1: a refusal is an empty answer.

Case: wire-openai-chat-ends::refusal-delta
Class: F4
Wire: deltas with `refusal` and no `content`
Made: no text, no error
Matters: the user sees nothing at all
Thread: no public thread known
Shows: refusals::refusal, wire-openai-chat-ends::refusal-in-a-body
"""

from wire import says
from wire_llm import llm_of, parts, verdict
from wire_payloads import chat

model = llm_of("llm-moonshot", "moonshot/acme")

with says(chat({"refusal": "I cannot help with that."}, usage=False)):
    got = parts(model.prompt("Something bad", key="none"))
verdict("refusal: I cannot help with that.", got, not any(p.get("text") for p in got))
