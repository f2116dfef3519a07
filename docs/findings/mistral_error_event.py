"""llm-mistral 0.16: what an error in the stream said is lost.

Case: refusals::fails-mid-stream
Class: F1
Wire: words, then `{"error": {"message": "Overloaded"}}`
Made: ModelError: 200: ResponseValidationError, three fields that are missing, and the message cut off
Matters: nobody learns why the answer stopped, nor whether to try again
Thread: no public thread known
"""

from wire import says, sse
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-mistral", "mistral/acme")
chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
choice = {"index": 0, "delta": {"content": "Rain"}, "finish_reason": None}
failed = {"message": "Overloaded", "type": "server_error", "code": 500}
with says(sse(chunk | {"choices": [choice]}, {"error": failed})):
    got = raised(model.prompt("Hi", key="none").text)
lost = "ValidationError" in str(got) and "Overloaded" not in str(got)
verdict("Rain, then an error: Overloaded", got, lost)
