"""llm 0.36, Responses models: system= beside messages= is dropped.

Case: system::beside-messages
Class: C3
Wire: nothing: it is the request
Made: no instructions
Matters: rules that a caller sets are silently not in force
Thread: no public thread known
"""

from wire import says
from wire_llm import library, llm_of, verdict
from wire_payloads import responses, said

model = llm_of("", "gpt-5-mini")

llm = library()
with says(responses(said("Arr."))) as sent:
    history = [llm.user("Who are you?")]
    model.prompt(messages=history, system="You are a pirate.", key="none").text()
got = f"instructions {sent[0].get('instructions')}, pirate sent: {'pirate' in str(sent[0])}"
verdict("system= and messages= are given", got, "pirate" not in str(sent[0]))
