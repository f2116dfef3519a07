"""llm-openai-plugin 0.7: an incomplete answer has no token counts.

Case: wire-openai-responses::incomplete
Class: F1
Wire: `response.incomplete` with usage
Made: usage() is empty, and nothing says that the answer is cut
Matters: the most expensive answers, those that hit the limit, are counted as free
Thread: no public thread known
Shows: text::stopped-at-length
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import responses, said

model = llm_of("llm-openai-plugin", "openai/gpt-4o")

why = {"incomplete_details": {"reason": "max_output_tokens"}, "status": "incomplete"}
with says(responses(said("Once upon"), last="response.incomplete", **why)):
    response = model.prompt("A story", key="none")
    response.text()
got = response.usage()
verdict("response.incomplete, 5 and 2 tokens", got, got.output is None)
