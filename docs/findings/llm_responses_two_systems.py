"""llm 0.36, Responses models: of two system messages the last is sent.

Case: system::two-at-once
Class: C1
Wire: nothing: it is the request
Made: instructions hold the second alone
Matters: the first rules are silently not in force
Thread: no public thread known
"""

from wire import says
from wire_llm import library, llm_of, verdict
from wire_payloads import responses, said

model, llm = llm_of("", "gpt-5-mini"), library()
rules = [llm.system("Answer in French."), llm.system("Be brief.")]
with says(responses(said("Oui."))) as sent:
    model.prompt(messages=[*rules, llm.user("Really?")], key="none").text()
got = str(sent[0])
verdict("two system messages", sent[0].get("instructions"), "French" not in got)
