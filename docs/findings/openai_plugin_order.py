"""llm-openai-plugin 0.7: words after a call are put before it.

Case: tools::words-around-calls
Class: A11
Wire: words, a call, words
Made: one text, then the call, in history and in the next request
Matters: what the model said after it called is replayed as said before
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import responses, said

model = llm_of("llm-openai-plugin", "openai/gpt-4o")

used = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "get_weather",
}
used |= {"arguments": '{"city": "Paris"}', "status": "completed"}
spoken = responses(said("I look."), used, said("Wait.", id="msg_2"))
with says(spoken, responses(said("Rain."))) as sent:
    talk = model.conversation(tools=[tool()])
    got = parts(talk.prompt("Weather?", key="none"))
got = [part.get("text") or part["type"] for part in got]
verdict("I look., a call, Wait.", got, got == ["I look.Wait.", "tool_call"])
