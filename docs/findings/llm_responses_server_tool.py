"""llm 0.36, Responses models: what a tool of the server's did is dropped.

Case: server-tools::search-and-answer
Class: C7
Wire: an mcp_call with its arguments and output, then a message
Made: the text alone; the next request does not have the call
Matters: nobody sees what was asked of whom, and the model does not know any more what it found
Thread: https://github.com/simonw/llm/issues/1574
Also: llm-openrouter 0.7.1
Shows: server-tools::beside-our-own
"""

from wire import says
from wire_llm import llm_of, parts, verdict
from wire_payloads import responses, said

model = llm_of("", "gpt-5-mini")

used = {"type": "mcp_call", "id": "mcp_1", "server_label": "weather", "name": "lookup"}
used |= {
    "arguments": '{"city": "Paris"}',
    "output": "18 degrees",
    "status": "completed",
}
with says(responses(used, said("Fog."))) as sent:
    talk = model.conversation()
    got = [part["type"] for part in parts(talk.prompt("Weather?", key="none"))]
    talk.prompt("And?", key="none").text()
back = "18 degrees" in str(sent[1])
verdict("an mcp_call, and words", f"parts {got}, sent back: {back}", not back)
