"""llm-gemini 0.35: the signature of a thought does not go back.

Case: echo::gemini-signs-everything
Class: B1
Wire: a thought with a thoughtSignature, then the answer
Made: the next request has neither the thought nor its signature
Matters: the state of what the model thought, which is to go back in the part that it came in, is gone
Thread: https://github.com/codomium/FreeCode/pull/33
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import gemini

model = llm_of("llm-gemini", "gemini-2.5-flash")
thought = {"text": "I look.", "thought": True, "thoughtSignature": "c2ln"}
with says(gemini([thought, {"text": "Rain."}])) as sent:
    talk = model.conversation()
    talk.prompt("Weather?", key="none").text()
    talk.prompt("Sure?", key="none").text()
got = sent[1]["contents"][1]
verdict("a thought with a signature", got, "c2ln" not in str(got))
