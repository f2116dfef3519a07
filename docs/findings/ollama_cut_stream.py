"""llm-ollama 0.19.1: a stream that just stops is a complete answer.

Case: wire-others::ollama-never-done
Class: F2
Wire: words, and no line with `done: true`
Made: text(), done, no error
Matters: half an answer is taken for a whole one
Thread: https://github.com/can1357/oh-my-pi/issues/9433
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


with says(ndjson(line("The answer is"))):
    response = model.prompt("Well?")
    failed = raised(response.text)
verdict("words and no done", f"{response.text()!r}, raised {failed}", failed is None)
