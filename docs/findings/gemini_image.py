"""llm-gemini 0.35: an image in an answer is dropped.

Case: attachments::image-in-the-answer
Class: G
Wire: a part with inlineData, beside words
Made: the words alone
Matters: image models of Gemini cannot be used
Thread: no public thread known
Shows: attachments::image-given-and-sent-back
"""

from wire import says
from wire_llm import llm_of, parts, verdict
from wire_payloads import gemini

model = llm_of("llm-gemini", "gemini-2.5-flash")
image = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}
with says(gemini([{"text": "Here."}, image])):
    got = parts(model.prompt("Draw", key="none"))
verdict("Here., and an image", got, [p["type"] for p in got] == ["text"])
