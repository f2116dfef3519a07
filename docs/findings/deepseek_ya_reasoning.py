"""llm-deepseek-ya 3.0.0: thoughts are part of the answer's text.

Case: reasoning::think-then-answer
Class: B13
Wire: reasoning_content, then content
Made: one text: the thoughts, at once followed by the answer
Matters: text() and the history hold what the model thought as if it had said it
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, parts, verdict
from wire_payloads import chat

model = llm_of("llm-deepseek-ya", "deepseek-chat")

with says(chat({"reasoning_content": "7 times 13."}, {"content": "No."}, usage=False)):
    got = parts(model.prompt("Is 91 prime?", key="none"))
verdict("7 times 13. thought, No. said", got, got[0]["text"] == "7 times 13.No.")
