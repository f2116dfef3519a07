"""llm-inception 0.2.1: streamed, what an HTTP error said is lost.

Case: refusals::unauthorised
Class: F3
Wire: status 401 and `invalid api key` in the body
Made: ModelError: Error during streaming, without the message
Matters: who mistypes a key is told of a content type
Thread: no public thread known
Shows: faults::server-error, refusals::rate-limited[openai-chat-stream], refusals::error-page[openai-chat-stream], refusals::error-of-another-shape[openai-chat-stream], refusals::error-without-a-body[openai-chat-stream]
"""

from wire import body, says
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-inception", "inception/mercury")

with says(body({"error": {"message": "invalid api key"}}, 401)):
    got = raised(model.prompt("Hi", key="none").text)
verdict("401, invalid api key", got, "invalid api key" not in str(got))
