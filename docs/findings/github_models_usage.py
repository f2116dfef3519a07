"""llm-github-models 0.18.0: of counts in every chunk the first is kept.

Case: wire-openai-chat-ends::usage-in-every-chunk
Class: F10
Wire: a growing usage in every chunk: 1, then 3 output tokens
Made: usage().output is 1
Matters: answers are counted with the tokens of their first piece
Thread: no public thread known
"""

from wire import says, sse
from wire_llm import llm_of, verdict

model = llm_of("llm-github-models", "github/gpt-4o")


def chunk(text, output):
    counts = {
        "prompt_tokens": 5,
        "completion_tokens": output,
        "total_tokens": 5 + output,
    }
    shared = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    delta = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return shared | {"choices": [delta], "usage": counts}


with says(sse(chunk("Hel", 1), chunk("lo.", 3), "[DONE]")):
    response = model.prompt("Hi")
    response.text()
got = response.usage()
verdict("1, then 3 output tokens", got, got.output == 1)
