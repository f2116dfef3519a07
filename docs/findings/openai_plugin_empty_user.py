"""llm-openai-plugin 0.7: an empty user message is put between a call and its result.

Case: tools::nothing-said-with-the-results
Class: C6
Wire: nothing: it is the request after a tool ran
Made: `{"role": "user", "content": ""}` before the function_call_output
Matters: providers refuse empty messages, or answer them; what was never said is in the history
Thread: https://github.com/simonw/llm-gemini/issues/100
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import responses, said

model = llm_of("llm-openai-plugin", "openai/gpt-4o")
used = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "get_weather",
}
used |= {"arguments": '{"city": "Paris"}', "status": "completed"}
with says(responses(used), responses(said("Rain."))) as sent:
    model.conversation(tools=[tool()]).chain("Weather?", key="none").text()
got = [item.get("role") or item["type"] for item in sent[1]["input"]]
empty = [item for item in sent[1]["input"] if item.get("content") == ""]
verdict("a call, and its result", got, bool(empty))
