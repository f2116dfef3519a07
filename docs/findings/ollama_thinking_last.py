"""llm-ollama 0.19.1: not streamed, the thoughts stand after the answer.

Case: reasoning::think-then-answer
Class: B11
Wire: a message with `thinking` and `content`
Made: the text part first, then the reasoning
Matters: what the model thought first is shown and stored last, and streamed it is the other way round
Thread: no public thread known
Shows: wire-others::ollama-thought-in-a-body
"""

from wire import body, says
from wire_llm import llm_of, parts, verdict

model = llm_of("llm-ollama", "ollama/acme")
spoken = {"role": "assistant", "thinking": "7 times 13.", "content": "No."}
answer = {"model": "acme", "created_at": "2026-01-01T00:00:00Z", "message": spoken}
with says(body(answer | {"done": True, "done_reason": "stop"})):
    got = [part["type"] for part in parts(model.prompt("Is 91 prime?", stream=False))]
verdict("thinking, then content", got, got == ["text", "reasoning"])
