"""llm-lmstudio 0.3.1: a call that is cut off is gone.

Case: tools::truncated-call
Class: A8
Wire: arguments that stop at `{"city": "Pa`, finish_reason length
Made: no part, no call, no error
Matters: an answer that hit its limit looks like a model with nothing to say
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, parts, raised, tool, verdict
from wire_payloads import call, chat

model = llm_of("llm-lmstudio", "lmstudio/acme")

with says(chat({"tool_calls": [call('{"city": "Pa')]}, finish="length")):
    response = model.prompt("Where?", tools=[tool()])
    failed = raised(response.text)
verdict(
    'arguments {"city": "Pa, then length',
    f"{parts(response)}, raised {failed}",
    failed is None and not parts(response),
)
