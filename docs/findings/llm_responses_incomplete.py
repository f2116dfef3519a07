"""llm 0.36, Responses models: an incomplete answer has no token counts.

Case: wire-openai-responses::incomplete
Class: F1
Wire: `response.incomplete` with usage
Made: usage() is empty, and nothing says that the answer is cut
Matters: the most expensive answers, those that hit the limit, are counted as free
Thread: no public thread known
Also: llm-openrouter 0.7.1
Shows: text::stopped-at-length
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import responses, said

model = llm_of("", "gpt-5-mini")
why = {"reason": "max_output_tokens"}
ended = {
    "status": "incomplete",
    "last": "response.incomplete",
    "incomplete_details": why,
}
with says(responses(said("Once upon"), **ended)):
    response = model.prompt("A story", key="none")
    response.text()
got = response.usage()
verdict("response.incomplete, 5 and 2 tokens", got, got.output is None)
