"""langchain-google-genai 4.4.3: words between calls are put before the calls.

Case: tools::words-around-calls
Class: A11
Wire: text, a functionCall, text, a functionCall, in one answer
Made: both texts, then both calls, in the message and in the next request
Matters: what the model said after it called is replayed as said before
Thread: no public thread known
Shows: wire-gemini::signature-on-empty-text-after-a-call
"""

import json

from langchain_google_genai import ChatGoogleGenerativeAI
from wire import body, says
from wire_llm import verdict
from wire_payloads import gemini


def call(city):
    return {"functionCall": {"name": "get_weather", "args": {"city": city}}}


said = [{"text": "First Paris."}, call("Paris"), {"text": "Then Rome."}, call("Rome")]
model = ChatGoogleGenerativeAI(model="gemini-2.5-flash", api_key="none")
with says(body(json.loads(gemini(said)[2])[0])) as sent:
    message = model.invoke("Weather?")
    ids = [call["id"] for call in message.tool_calls]
    results = [{"role": "tool", "tool_call_id": id, "content": "rain"} for id in ids]
    model.invoke([("human", "Weather?"), message, *results])
back = sent[1]["contents"][1]["parts"]
got = [part.get("text") or "a call" for part in back]
there = got == ["First Paris.", "Then Rome.", "a call", "a call"]
verdict("First Paris., a call, Then Rome., a call", f"sent back: {got}", there)
