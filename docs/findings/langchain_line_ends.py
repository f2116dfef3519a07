"""langchain-google-genai 4.4.3: not streamed, an answer loses its last line ends.

Case: text::lines-and-spaces
Class: A11
Wire: one text that ends in two line ends; Gemini was recorded to end texts so
Made: invoke() gives it without them, stream() with them
Matters: code and files in which a last line end counts are changed, and only one of the two ways
Thread: https://github.com/langchain-ai/langchain-google/issues/864
Shows: text::looks-like-the-wire
"""

import json

from langchain_google_genai import ChatGoogleGenerativeAI
from wire import body, says
from wire_frameworks import added, gemini_sse
from wire_llm import verdict
from wire_payloads import gemini

code = [{"text": "def f():\n    return 1\n\n"}]
model = ChatGoogleGenerativeAI(model="gemini-2.5-flash", api_key="none")
with says(body(json.loads(gemini(code)[2])[0]), gemini_sse(code)):
    whole, streamed = model.invoke("Code?").content, added(model, "Code?").content
got = f"{whole!r}, streamed {streamed!r}"
verdict(repr(code[0]["text"]), got, whole == streamed.rstrip() != streamed)
