"""llm-grok 1.4.2: a character whose bytes come apart raises UnicodeDecodeError.

Case: text::beyond-ascii
Class: F2
Wire: `Zürich`, with the two bytes of the ü in two TCP segments
Made: UnicodeDecodeError
Matters: any answer that is not ASCII fails, now and then, by how the network cuts it
Thread: no public thread known
Shows: tools::rich-arguments[xai-stream]
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of("llm-grok", "grok-4-latest")

kind, stream = chat({"content": "Z*rich"})[1:]
at = stream.index(b"*")
with says((200, kind, stream[:at] + b"\xc3", b"\xbc" + stream[at + 1 :])):
    got = raised(model.prompt("Hi", key="none").text)
verdict("Z\u00fcrich, cut inside the \u00fc", got, "UnicodeDecodeError" in str(got))
