"""pydantic-ai 2.68.0: a stream of Cohere's that ends in an error is a complete answer.

Case: wire-others::cohere-error-at-the-end
Class: F1
Wire: words, then a message-end with the finish_reason ERROR and an `error`
Made: the response's state is complete, and nothing is raised
Matters: half an answer is taken for a whole one, and what Cohere said of the cause is gone
Thread: no public thread known
Shows: refusals::fails-mid-stream[cohere-stream]
"""

from pydantic_ai.models.cohere import CohereModel
from pydantic_ai.providers.cohere import CohereProvider
from wire import says, sse
from wire_frameworks import streamed
from wire_llm import verdict

start = {"role": "assistant", "content": [], "tool_calls": [], "citations": []}
usage = {"tokens": {"input_tokens": 5, "output_tokens": 2}}


def content(kind, **said):
    return {"type": kind, "index": 0, "delta": {"message": {"content": said}}}


last = {"finish_reason": "ERROR", "error": "The model went away.", "usage": usage}
events = [
    {"type": "message-start", "id": "m1", "delta": {"message": start}},
    content("content-start", type="text", text=""),
    content("content-delta", text="Once upon"),
    {"type": "message-end", "delta": last},
]
model = CohereModel("command-a-03-2025", provider=CohereProvider(api_key="none"))
with says(sse(*events, names=True)):
    response = streamed(model)
got = f"{response.text!r}, {response.state}, {response.finish_reason}"
verdict("Once upon, then an error", got, response.state == "complete")
