"""llm-mistral 0.16: system= beside messages= is dropped.

Case: system::beside-messages
Class: C3
Wire: nothing: it is the request
Made: the messages alone
Matters: rules that a caller sets are silently not in force
Thread: no public thread known
"""

from wire import says
from wire_llm import library, llm_of, verdict
from wire_payloads import chat_whole

model = llm_of("llm-mistral", "mistral/acme")

llm = library()
with says(chat_whole({"content": "Arr."})) as sent:
    history = [llm.user("Who are you?")]
    model.prompt(
        messages=history, system="You are a pirate.", key="none", stream=False
    ).text()
got = [message["role"] for message in sent[0]["messages"]]
verdict("system= and messages= are given", got, "system" not in got)
