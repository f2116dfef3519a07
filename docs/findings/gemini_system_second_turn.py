"""llm-gemini 0.35: the system prompt is lost on the second turn.

Case: text::long-conversation
Class: C1
Wire: nothing: it is the request
Made: the second request has no systemInstruction
Matters: from the second turn on the rules of a conversation are not in force, and nothing says so
Thread: no public thread known
Shows: system::through-json, system::through-json-twice, system::with-a-tools-result, system::with-a-tools-result-through-json, text::system-prompt
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import gemini

model = llm_of("llm-gemini", "gemini-2.5-flash")
with says(gemini([{"text": "Arr."}])) as sent:
    talk = model.conversation()
    talk.prompt("Hi", system="You are a pirate.", key="none").text()
    talk.prompt("And now?", key="none").text()
got = ["pirate" in str(body) for body in sent]
verdict("a conversation with a system prompt", f"sent: {got}", got == [True, False])
