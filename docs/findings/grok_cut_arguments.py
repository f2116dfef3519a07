"""llm-grok 1.4.2: a call that is cut off raises JSONDecodeError.

Case: tools::truncated-call
Class: A8
Wire: arguments that stop at `{"city": "Pa`, finish_reason length
Made: JSONDecodeError
Matters: an answer that hit its limit is lost to an error that does not say so
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, raised, tool, verdict
from wire_payloads import call, chat

model = llm_of("llm-grok", "grok-4-latest")

with says(chat({"tool_calls": [call('{"city": "Pa')]}, finish="length")):
    got = raised(model.prompt("Where?", tools=[tool()], key="none").text)
verdict('arguments {"city": "Pa, then length', got, "JSONDecodeError" in str(got))
