"""llm-ollama 0.19.1: of a tool's parameters the nested schema is not sent.

Case: schema::references-in-a-tool
Class: D3
Wire: nothing: it is the request
Made: a nested object is sent as `{"type": "object"}`, without its properties
Matters: the model has to guess what to put into an object
Thread: no public thread known
"""

from wire import ndjson, says
from wire_llm import llm_of, tool, verdict

model = llm_of("llm-ollama", "ollama/acme")


def line(content, done=False, **more):
    spoken = {"role": "assistant", "content": content, **more}
    return {
        "model": "acme",
        "created_at": "2026-01-01T00:00:00Z",
        "message": spoken,
        "done": done,
    }


place = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
with says(ndjson(line("Hm.", True))) as sent:
    model.prompt("Weather?", tools=[tool(place=place)]).text()
got = sent[0]["tools"][0]["function"]["parameters"]["properties"]["place"]
verdict("a tool with place: {city}", got, "city" not in str(got))
