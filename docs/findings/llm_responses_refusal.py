"""llm 0.36, Responses models: a refusal is an empty answer.

Case: refusals::refusal
Class: F4
Wire: a message whose content is a refusal
Made: no part, no text, no error
Matters: the user sees nothing at all
Thread: no public thread known
Also: llm-openrouter 0.7.1
Shows: wire-openai-responses::refusal-parts
"""

from wire import says
from wire_llm import llm_of, parts, verdict
from wire_payloads import responses, said

model = llm_of("", "gpt-5-mini")
with says(responses(said("I cannot help with that.", "refusal"))):
    got = parts(model.prompt("Something bad", key="none"))
verdict("refusal: I cannot help with that.", got, not any(p.get("text") for p in got))
