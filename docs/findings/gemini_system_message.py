"""llm-gemini 0.35: a system message among messages= is not sent.

Case: system::alone-among-messages
Class: C1
Wire: nothing: it is the request
Made: neither systemInstruction nor contents hold it
Matters: a caller who keeps the history as messages has no way to set rules; reply() and from_dict() lose them so
Thread: no public thread known
Shows: system::second-turn-of-messages, system::beside-an-image, text::history-given
"""

from wire import says
from wire_llm import library, llm_of, verdict
from wire_payloads import gemini

model = llm_of("llm-gemini", "gemini-2.5-flash")
llm = library()
with says(gemini([{"text": "Arr."}])) as sent:
    messages = [llm.system("You are a pirate."), llm.user("Hi")]
    model.prompt(messages=messages, key="none").text()
got = "pirate" in str(sent[0])
verdict("messages=[system, user]", f"sent: {got}", not got)
