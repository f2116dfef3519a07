"""llm-github-models 0.18.0: `function: null` in a delta raises AttributeError.

Case: wire-openai-chat::function-null
Class: A14
Wire: a second delta of a call with `function: null`
Made: AttributeError
Matters: an answer that is whole cannot be read
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, raised, tool, verdict
from wire_payloads import call, chat

model = llm_of("llm-github-models", "github/gpt-4o")
first, empty = call('{"city": "Paris"}'), {"index": 0, "function": None}
with says(chat({"tool_calls": [first]}, {"tool_calls": [empty]}, finish="tool_calls")):
    got = raised(model.prompt("Where?", tools=[tool()]).text)
verdict("a call, then function: null", got, "AttributeError" in str(got))
