"""llm-grok 1.4.2: an error in the stream is the end of a good answer.

Case: refusals::fails-mid-stream
Class: F1
Wire: words, then `{"error": ...}`
Made: the words, done, no error
Matters: a model that fell over in the middle looks as if it had finished
Thread: no public thread known
"""

from wire import says, sse
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-grok", "grok-4-latest")

said = {"choices": [{"index": 0, "delta": {"content": "Once"}}]}
with says(sse(said, {"error": {"message": "Overloaded"}}, "[DONE]")):
    response = model.prompt("A story", key="none")
    failed = raised(response.text)
verdict("Once, then an error", f"{response.text()!r}, raised {failed}", failed is None)
