"""llm-inception 0.2.1: an error in the stream is the end of a good answer.

Case: wire-openai-chat-ends::error-instead-of-a-chunk
Class: F1
Wire: words, then `{"error": ...}`
Made: the words, done, no error
Matters: an answer that broke off looks whole
Thread: no public thread known
Shows: refusals::fails-mid-stream, wire-openai-chat-ends::error-beside-choices
"""

from wire import says, sse
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-inception", "inception/mercury")
said = {"choices": [{"index": 0, "delta": {"content": "Once"}}]}
with says(sse(said, {"error": {"message": "Overloaded"}})):
    response = model.prompt("A story", key="none")
    failed = raised(response.text)
verdict("Once, then an error", f"{response.text()!r}, raised {failed}", failed is None)
