"""llm-cerebras 0.1.8: a line separator in the answer raises JSONDecodeError.

Case: text::separators-as-they-are
Class: F2
Wire: an event whose JSON holds U+2028 as it is, as JSON allows
Made: JSONDecodeError: the event was split at it
Matters: an answer with a character that word processors write is lost
Thread: no public thread known
"""

import json

from wire import says, sse
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-cerebras", "cerebras-acme")


chunk = {"choices": [{"index": 0, "delta": {"content": "a\u2028b"}}]}
with says(sse(json.dumps(chunk, ensure_ascii=False), "[DONE]")):
    got = raised(model.prompt("Hi", key="none").text)
verdict("a, U+2028, b", got, "JSONDecodeError" in str(got))
