"""llm-gemini 0.35: an array that never closes is a complete answer.

Case: text::plain
Class: F2
Wire: a first answer without finishReason, then the end of the connection
Made: text(), done, no error
Matters: half an answer is taken for a whole one
Thread: https://github.com/can1357/oh-my-pi/issues/9433
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import gemini

model = llm_of("llm-gemini", "gemini-2.5-flash")
status, kind, whole = gemini([{"text": "The answer is"}], finish=None)
with says((status, kind, whole.rstrip()[:-1])):
    response = model.prompt("Well?", key="none")
    failed = raised(response.text)
verdict(
    "words, no finishReason, no ]",
    f"{response.text()!r}, raised {failed}",
    failed is None,
)
