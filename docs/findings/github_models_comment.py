"""llm-github-models 0.18.0: a comment in a stream of events breaks it.

Case: text::beyond-ascii
Class: F2
Wire: an event, a comment line `: keep-alive`, another event
Made: ValueError: SSE event not supported, with the line
Matters: gateways that keep a connection alive with comments, as the format allows, break answers
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of("llm-github-models", "github/gpt-4o")

kind, stream = chat({"content": "Rain "}, {"content": "soon."})[1:]
first, rest = stream.split(b"\n\n", 1)
with says((200, kind, first + b"\n\n: keep-alive\n\n" + rest)):
    response = model.prompt("Hi")
    failed = raised(response.text)
got = response.text() if failed is None else failed.splitlines()[0]
verdict("Rain soon., with a comment", got, got != "Rain soon.")
