"""llm-grok 1.4.2: an empty user message follows the results of tools.

Case: tools::nothing-said-with-the-results
Class: C6
Wire: nothing: it is the request after a tool ran
Made: `{"role": "user", "content": ""}` after the result
Matters: what was never said is in the history, and models answer it
Thread: https://github.com/simonw/llm-gemini/issues/100
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import call, chat

model = llm_of("llm-grok", "grok-4-latest")

with says(
    chat({"tool_calls": [call('{"city": "Paris"}')]}, finish="tool_calls"),
    chat({"content": "Rain."}),
) as sent:
    model.conversation(tools=[tool()]).chain("Weather?", key="none").text()
got = [(message["role"], message["content"]) for message in sent[1]["messages"]]
verdict("a question, a call, and its result", got, ("user", "") in got)
