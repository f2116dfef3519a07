"""llm-ollama 0.19.1: the line end U+0085 in the answer raises JSONDecodeError.

Case: text::separators-as-they-are
Class: F2
Wire: a line whose JSON holds U+0085 as it is, as JSON allows
Made: JSONDecodeError: the line was split at it
Matters: an answer with that character is lost
Thread: no public thread known
"""

from wire import ndjson, says
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-ollama", "ollama/acme")


def line(content, done=False, **more):
    spoken = {"role": "assistant", "content": content, **more}
    return {
        "model": "acme",
        "created_at": "2026-01-01T00:00:00Z",
        "message": spoken,
        "done": done,
    }


with says(ndjson(line("a\u0085b"), line("", True))):
    got = raised(model.prompt("Hi").text)
verdict("a, U+0085, b", got, "JSONDecodeError" in str(got))
