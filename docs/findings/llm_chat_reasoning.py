"""llm 0.36, chat models: thoughts in reasoning_content are dropped.

Case: reasoning::think-then-answer
Class: B7
Wire: a delta with `reasoning_content`, then the answer
Made: one text part; no reasoning part, no event
Matters: what the model thought is neither shown nor stored, and hosts that want it back in a tool loop refuse the next request
Thread: https://github.com/simonw/llm/issues/1689
Also: llm-meta-ai 0.2, llm-venice 0.9.1, llm-deepseek 0.1.6, llm-fireworks 0.1a0, llm-sambanova 0.1, llm-togetherai 0.1.0, llm-xai 0.2, llm-llama-server 0.2
"""

from wire import says
from wire_llm import llm_of, parts, verdict
from wire_payloads import chat

model = llm_of("", "gpt-4o-mini")
with says(chat({"reasoning_content": "7 times 13."}, {"content": "No."})):
    got = parts(model.prompt("Is 91 prime?", key="none"))
verdict(
    "reasoning_content, then content", got, got == [{"type": "text", "text": "No."}]
)
