"""llm-inception 0.2.1: the system prompt of a conversation is never sent.

Case: text::system-prompt
Class: C1
Wire: nothing: it is the requests of two turns
Made: no system message in the first turn, an empty one in the second
Matters: rules that a caller sets are silently not in force
Thread: no public thread known
Shows: system::beside-the-prompt, system::as-it-was-written
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of("llm-inception", "inception/mercury")

with says(chat({"content": "Arr."}, usage=False)) as sent:
    talk = model.conversation()
    talk.prompt("Who are you?", system="You are a pirate.", key="none").text()
    raised(talk.prompt("And I?", key="none").text)
got = [body["messages"][0] for body in sent]
verdict("two turns with a system prompt", got, "pirate" not in str(got))
