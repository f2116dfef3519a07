"""llm 0.36, chat models: `function: null` in a delta raises AttributeError.

Case: wire-openai-chat::function-null
Class: A14
Wire: a second delta of a call with `function: null`
Made: AttributeError
Matters: an answer that is whole cannot be read
Thread: no public thread known
Also: llm-meta-ai 0.2, llm-venice 0.9.1
"""

from wire import says
from wire_llm import llm_of, parts, raised, tool, verdict
from wire_payloads import call, chat

model = llm_of("", "gpt-4o-mini")
first, empty = call('{"city": "Paris"}'), {"index": 0, "function": None}
with says(chat({"tool_calls": [first]}, {"tool_calls": [empty]}, finish="tool_calls")):
    got = raised(lambda: parts(model.prompt("Where?", key="none", tools=[tool()])))
verdict("a call, then function: null", got, "AttributeError" in str(got))
