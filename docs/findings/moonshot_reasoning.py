"""llm-moonshot 0.3.1: thoughts are printed to the console.

Case: reasoning::think-then-answer
Class: B13
Wire: reasoning_content, then content
Made: the thoughts are written to the terminal, and are in no part
Matters: programs that use the model get output that they did not ask for, and cannot get the thoughts
Thread: no public thread known
"""

import io

from wire import says
from wire_llm import llm_of, parts, verdict
from wire_payloads import chat

model = llm_of("llm-moonshot", "moonshot/acme-thinking")
printed = model.console.file = io.StringIO()
with says(chat({"reasoning_content": "7 times 13."}, {"content": "No."}, usage=False)):
    got = parts(model.prompt("Is 91 prime?", key="none"))
shown = "7 times 13." in printed.getvalue()
verdict("7 times 13. thought, No. said", f"parts {got}, printed: {shown}", shown)
