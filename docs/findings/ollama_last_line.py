"""llm-ollama 0.19.1: a last line without a message raises ValidationError.

Case: wire-others::ollama-last-line-without-a-message
Class: F9
Wire: words, then `done: true` and counts, without `message`
Made: ValidationError after the answer was there
Matters: servers that end so cannot be used
Thread: https://github.com/taketwo/llm-ollama/issues/9
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


last = line("", True, prompt_eval_count=5)
del last["message"]
with says(ndjson(line("Hello."), last)):
    got = raised(model.prompt("Hi").text)
verdict(
    "Hello., then done without a message",
    str(got).splitlines()[0],
    "ValidationError" in str(got),
)
