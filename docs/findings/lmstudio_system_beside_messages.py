"""llm-lmstudio 0.3.1: system= beside messages= is dropped.

Case: system::beside-messages
Class: C3
Wire: nothing: it is the request
Made: the messages alone
Matters: rules that a caller sets are silently not in force
Thread: no public thread known
"""

from wire import says
from wire_llm import library, llm_of, verdict
from wire_payloads import chat

model = llm_of("llm-lmstudio", "lmstudio/acme")

llm = library()
with says(chat({"content": "Arr."})) as sent:
    model.prompt(messages=[llm.user("Who are you?")], system="You are a pirate.").text()
got = [message["role"] for message in sent[0]["messages"]]
verdict("system= and messages= are given", got, "system" not in got)
