"""llm 0.36, chat models: an image that a tool gave is not sent.

Case: attachments::image-in-a-result
Class: C8
Wire: nothing: it is the request
Made: the tool message has the words alone
Matters: the model is asked about a picture that it never sees
Thread: no public thread known
Also: llm-meta-ai 0.2, llm-venice 0.9.1
"""

from wire import says
from wire_llm import library, llm_of, verdict
from wire_payloads import chat

model, llm = llm_of("", "gpt-4o-mini"), library()
image = llm.Attachment(type="image/png", content=b"PNG-BYTES")
made = llm.parts.ToolCallPart("draw", {}, "call_1")
given = llm.parts.ToolResultPart("draw", "Drawn.", "call_1", attachments=[image])
messages = [llm.user("Draw."), llm.assistant(made), llm.tool_message(given)]
with says(chat({"content": "Nice."})) as sent:
    model.prompt(messages=messages, key="none").text()
got = str(sent[0]["messages"][-1])
verdict("a result with an image", got, "image" not in got)
