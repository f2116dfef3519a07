"""llm 0.36, chat models: system= beside messages= is dropped.

Case: system::beside-messages
Class: C3
Wire: nothing: it is the request
Made: the request has no system message
Matters: the rules a caller sets are silently not in force
Thread: no public thread known
Also: llm-meta-ai 0.2, llm-venice 0.9.1, llm-deepseek 0.1.6, llm-fireworks 0.1a0, llm-sambanova 0.1, llm-moonshot 0.3.1
"""

from wire import says
from wire_llm import library, llm_of, verdict
from wire_payloads import chat

model, llm = llm_of("", "gpt-4o-mini"), library()
with says(chat({"content": "Arr."})) as sent:
    messages = [llm.user("Who are you?")]
    model.prompt(messages=messages, system="You are a pirate.", key="none").text()
got = [message["role"] for message in sent[0]["messages"]]
verdict("system= and messages= are given", got, "system" not in got)
