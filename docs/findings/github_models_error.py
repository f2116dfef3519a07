"""llm-github-models 0.18.0: an error in the stream is the end of a good answer.

Case: wire-openai-chat-ends::error-instead-of-a-chunk
Class: F1
Wire: words, then `{"error": ...}`
Made: the words, done, no error
Matters: a model that fell over in the middle looks as if it had finished
Thread: no public thread known
Shows: refusals::fails-mid-stream, wire-openai-chat-ends::error-beside-choices
"""

from wire import says, sse
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-github-models", "github/gpt-4o")

said = {"choices": [{"index": 0, "delta": {"content": "Once"}}]}
with says(sse(said, {"error": {"message": "Overloaded"}}, "[DONE]")):
    response = model.prompt("A story")
    failed = raised(response.text)
verdict("Once, then an error", f"{response.text()!r}, raised {failed}", failed is None)
