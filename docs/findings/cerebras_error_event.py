"""llm-cerebras 0.1.8: an error in the stream is KeyError.

Case: wire-openai-chat-ends::error-instead-of-a-chunk
Class: F3
Wire: words, then `{"error": {"message": "Overloaded"}}`
Made: KeyError: 'choices'; the message is gone
Matters: nobody learns why the answer stopped
Thread: no public thread known
Shows: refusals::fails-mid-stream
"""

from wire import says, sse
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-cerebras", "cerebras-acme")

said = {"choices": [{"index": 0, "delta": {"content": "Once"}}]}
with says(sse(said, {"error": {"message": "Overloaded"}}, "[DONE]")):
    got = raised(model.prompt("A story", key="none").text)
verdict("Once, then the error Overloaded", got, "KeyError" in str(got))
