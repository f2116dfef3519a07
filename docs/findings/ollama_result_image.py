"""llm-ollama 0.19.1: an image that a tool gave is not sent.

Case: attachments::image-in-a-result
Class: C8
Wire: nothing: it is the request
Made: the tool message has the words alone
Matters: the model answers about a picture that it never saw
Thread: no public thread known
"""

from wire import ndjson, says
from wire_llm import library, llm_of, verdict

model = llm_of("llm-ollama", "ollama/acme")


def line(content, done=False, **more):
    spoken = {"role": "assistant", "content": content, **more}
    return {
        "model": "acme",
        "created_at": "2026-01-01T00:00:00Z",
        "message": spoken,
        "done": done,
    }


llm = library()
image = llm.Attachment(type="image/png", content=b"\x89PNG\r\n\x1a\n")
output = llm.parts.ToolResultPart(
    name="get_weather", output="Drawn.", tool_call_id="call_1", attachments=[image]
)
history = [
    llm.user("Draw."),
    llm.assistant(
        llm.parts.ToolCallPart(name="get_weather", arguments={}, tool_call_id="call_1")
    ),
    llm.tool_message(output),
]

with says(ndjson(line("A dot.", True))) as sent:
    model.prompt(messages=history).text()
got = sent[0]["messages"][-1]
verdict("a result with an image", got, "images" not in got)
