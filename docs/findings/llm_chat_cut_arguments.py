"""llm 0.36, chat models: a call that is cut off raises JSONDecodeError.

Case: tools::truncated-call
Class: A8
Wire: a call whose arguments stop in the middle, finish_reason `length`
Made: JSONDecodeError from the JSON module, and the words before it are lost to the caller
Matters: a common end of an answer takes the program down, where other llm models keep what there is as `_raw`
Thread: no public thread known
Also: llm-meta-ai 0.2, llm-venice 0.9.1
"""

from wire import says
from wire_llm import llm_of, parts, raised, tool, verdict
from wire_payloads import call, chat

model = llm_of("", "gpt-4o-mini")
with says(chat({"tool_calls": [call('{"city": "Pa')]}, finish="length")):
    got = raised(lambda: parts(model.prompt("Where?", key="none", tools=[tool()])))
verdict('arguments {"city": "Pa, then length', got, "JSONDecodeError" in str(got))
