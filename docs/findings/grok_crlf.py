"""llm-grok 1.4.2: a stream with CRLF line ends is an empty answer.

Case: text::beyond-ascii
Class: F2
Wire: events that end in `\\r\\n\\r\\n`, as the format allows
Made: no text, no error, done
Matters: behind a gateway that writes CRLF every answer is empty
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of("llm-grok", "grok-4-latest")

kind, stream = chat({"content": "Hello."})[1:]
with says((200, kind, stream.replace(b"\n", b"\r\n"))):
    response = model.prompt("Hi", key="none")
    failed = raised(response.text)
verdict(
    "Hello., with CRLF", f"{response.text()!r}, raised {failed}", not response.text()
)
