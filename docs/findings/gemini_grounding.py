"""llm-gemini 0.35: grounding erases the signature of a text.

Case: wire-gemini::grounding-beside-a-signature
Class: B5
Wire: a signed text, then groundingMetadata
Made: the part keeps the grounding alone
Matters: the signature that must go back is gone
Thread: https://github.com/openai/openai-agents-js/issues/1576
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import gemini

model = llm_of("llm-gemini", "gemini-2.5-flash")
signed = {"text": "Rain.", "thoughtSignature": "c2lnbmVk"}
status, kind, whole = gemini([signed], [{"text": ""}])
grounded = whole.replace(
    b'"finishReason"',
    b'"groundingMetadata": {"webSearchQueries": ["rain"]}, "finishReason"',
)
with says((status, kind, grounded)) as sent:
    response = model.prompt("Weather?", key="none")
    response.text()
    response.reply("Sure?", key="none").text()
got = "c2lnbmVk" in str(sent[1])
verdict("a signed text, then grounding", f"sent back: {got}", not got)
