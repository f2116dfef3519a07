"""llm-openai-plugin 0.7: response.failed is an empty success.

Case: wire-openai-responses::failed
Class: F1
Wire: `response.failed` with the error server_error
Made: no text, no error, done
Matters: a failure at the provider is shown as an empty answer, and nothing tries again
Thread: no public thread known
Shows: refusals::fails-mid-stream, wire-openai-responses::failed-in-a-body
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import responses

model = llm_of("llm-openai-plugin", "openai/gpt-4o")

error = {"code": "server_error", "message": "The server had an error."}
with says(responses(status="failed", last="response.failed", error=error)):
    response = model.prompt("Hi", key="none")
    failed = raised(response.text)
verdict(
    "response.failed: server_error",
    f"{response.text()!r}, raised {failed}",
    failed is None,
)
