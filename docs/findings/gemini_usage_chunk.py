"""llm-gemini 0.35: a last answer that only counts loses its counts.

Case: wire-gemini::usage-without-candidates
Class: F7
Wire: words, then an answer with usageMetadata and no candidates
Made: usage() is empty
Matters: nobody can tell what an answer cost, where the counts come by themselves
Thread: no public thread known
"""

from wire import body, says
from wire_llm import llm_of, verdict

model = llm_of("llm-gemini", "gemini-2.5-flash")
candidate = {"content": {"role": "model", "parts": [{"text": "Rain."}]}}
counts = {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7}
which = {"modelVersion": "gemini-2.5-flash"}
answers = [
    which | {"candidates": [candidate | {"finishReason": "STOP", "index": 0}]},
    which | {"usageMetadata": counts},
]
with says(body(answers)):
    response = model.prompt("Hi", key="none")
    got = (response.text(), response.usage().input, response.usage().output)
verdict("Rain., then 5 and 2 tokens", got, got == ("Rain.", None, None))
