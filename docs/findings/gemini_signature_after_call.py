"""llm-gemini 0.35: a signature on an empty text after a call is lost.

Case: wire-gemini::signature-on-empty-text-after-a-call
Class: B4
Wire: a functionCall, then `{"text": "", "thoughtSignature": ...}`
Made: no part holds the signature, and the next request does not send it
Matters: Gemini asks for signatures back where they came; without them answers get worse or are refused
Thread: https://github.com/vercel/ai/issues/20214
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import gemini

model = llm_of("llm-gemini", "gemini-2.5-flash")
used = {"functionCall": {"name": "get_weather", "args": {"city": "Paris"}}}
signed = {"text": "", "thoughtSignature": "c2lnbmVk"}
with says(gemini([used], [signed])) as sent:
    response = model.prompt("Hi", key="none", tools=[tool()])
    response.text()
    response.reply(key="none").text()
got = "c2lnbmVk" in str(sent[1])
verdict("a call, then a signature", f"sent back: {got}", not got)
