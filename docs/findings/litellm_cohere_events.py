"""litellm 1.110.2: a stream of Cohere's cannot be read.

Case: wire-others::cohere-arguments-in-the-start
Class: F2
Wire: events with a line `event:` before each `data:`, as Cohere was recorded to send them
Made: MidStreamFallbackError: the line `event: message-start` is parsed as JSON; no words come through
Matters: no answer of Cohere's second API can be streamed
Thread: no public thread known
Shows: text::*[cohere-stream], tools::*[cohere-stream], attachments::*[cohere-stream], refusals::fails-mid-stream[cohere-stream], schema::*[cohere], system::*[cohere], citations::citation-without-words
"""

from wire import says, sse
from wire_frameworks import completed
from wire_llm import raised, verdict

start = {"role": "assistant", "content": [], "tool_calls": [], "citations": []}
usage = {"tokens": {"input_tokens": 5, "output_tokens": 2}}


def content(kind, **said):
    return {"type": kind, "index": 0, "delta": {"message": {"content": said}}}


events = [
    {"type": "message-start", "id": "m1", "delta": {"message": start}},
    content("content-start", type="text", text=""),
    content("content-delta", text="Hello."),
    {"type": "content-end", "index": 0},
    {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage}},
]
heard = []


def ask():
    chunks = completed("cohere_chat/command-a-03-2025", stream=True)
    heard.extend(chunk.choices[0].delta.content for chunk in chunks)


with says(sse(*events, names=True)):
    failed = str(raised(ask)).partition("\n")[0]
got = f"{heard}, raised {failed[:160]}"
verdict("Hello., in events with names", got, "Error parsing chunk" in failed)
