"""llm-cerebras 0.1.8: streamed, an HTTP error is an empty answer.

Case: refusals::rate-limited
Class: F3
Wire: status 429 and an error object
Made: no text, no error, done
Matters: a limit that was hit looks like a model with nothing to say
Thread: no public thread known
Shows: faults::server-error, refusals::error-page[openai-chat-stream], refusals::error-of-another-shape[openai-chat-stream], refusals::error-without-a-body[openai-chat-stream], refusals::unauthorised[openai-chat-stream]
"""

from wire import body, says
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-cerebras", "cerebras-acme")
with says(body({"error": {"message": "slow down"}}, 429)):
    response = model.prompt("Hi", key="none")
    failed = raised(response.text)
verdict("429, slow down", f"{response.text()!r}, raised {failed}", failed is None)
