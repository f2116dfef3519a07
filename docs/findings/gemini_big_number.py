"""llm-gemini 0.35: a large integer in a call raises IncompleteJSONError.

Case: tools::rich-arguments
Class: A8
Wire: a functionCall whose arguments hold 12345678901234567890
Made: IncompleteJSONError: integer overflow
Matters: an id of twenty digits, as many systems have them, makes the answer unreadable
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, parts, raised, tool, verdict
from wire_payloads import gemini

model = llm_of("llm-gemini", "gemini-2.5-flash")
used = {"functionCall": {"name": "get_weather", "args": {"id": 12345678901234567890}}}
with says(gemini([used])):
    got = raised(lambda: parts(model.prompt("Hi", key="none", tools=[tool()])))
verdict(
    "args: id 12345678901234567890", str(got).splitlines()[0], "overflow" in str(got)
)
