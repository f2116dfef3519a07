"""llm-github-models 0.18.0: a call that was cut off is made with arguments that nobody gave.

Case: tools::truncated-call
Class: A8
Wire: arguments that stop at `{"city": "Pa`, finish_reason length
Made: a call with the arguments `{"error": "Invalid JSON in arguments"}`
Matters: the tool is run with an argument `error`; one without required arguments does what it does
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import call, chat

model = llm_of("llm-github-models", "github/gpt-4o")

with says(chat({"tool_calls": [call('{"city": "Pa')]}, finish="length")):
    got = model.prompt("Where?", tools=[tool()]).tool_calls()[0].arguments
verdict('arguments {"city": "Pa, then length', got, "error" in got)
