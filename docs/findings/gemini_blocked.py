"""llm-gemini 0.35: a blocked prompt is an empty answer.

Case: refusals::blocked-prompt
Class: F5
Wire: promptFeedback with blockReason SAFETY and no candidates
Made: no text, no error, done
Matters: the user sees nothing and cannot know why
Thread: no public thread known
Shows: refusals::blocked-prompt-in-a-body
"""

from wire import body, says
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-gemini", "gemini-2.5-flash")
counts = {"promptTokenCount": 5, "totalTokenCount": 5}
blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": counts}
with says(body([blocked | {"modelVersion": "m"}])):
    response = model.prompt("Something bad", key="none")
    failed = raised(response.text)
verdict("blockReason SAFETY", f"{response.text()!r}, raised {failed}", failed is None)
