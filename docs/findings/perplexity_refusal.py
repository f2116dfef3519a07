"""llm-perplexity 2026.9.1: a refusal is an empty answer.

Case: wire-openai-responses::refusal-parts
Class: F4
Wire: a message whose content is a refusal
Made: no text, no error
Matters: the user sees nothing at all
Thread: no public thread known
Shows: refusals::refusal
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import responses, said

model = llm_of("llm-perplexity", "sonar")

with says(responses(said("I cannot help with that.", "refusal"))):
    response = model.prompt("Something bad", key="none")
    failed = raised(response.text)
verdict(
    "refusal: I cannot help with that.",
    f"{response.text()!r}, raised {failed}",
    "cannot" not in f"{response.text()} {failed}",
)
