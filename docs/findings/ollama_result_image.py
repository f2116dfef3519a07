"""llm-ollama 0.19.1: an image that a tool gave is not sent.

Case: attachments::image-in-a-result
Class: C8
Wire: nothing: it is the request
Made: the tool message has the words alone
Matters: the model answers about a picture that it never saw
Thread: no public thread known
"""

from wire import ndjson, says
from wire_llm import drawn, llm_of, verdict

model = llm_of("llm-ollama", "ollama/acme")


def line(content, done=False, **more):
    spoken = {"role": "assistant", "content": content, **more}
    return {
        "model": "acme",
        "created_at": "2026-01-01T00:00:00Z",
        "message": spoken,
        "done": done,
    }


with says(ndjson(line("A dot.", True))) as sent:
    model.prompt(messages=drawn()).text()
got = sent[0]["messages"][-1]
verdict("a result with an image", got, "images" not in got)
