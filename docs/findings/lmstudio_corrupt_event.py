"""llm-lmstudio 0.3.1: an event that is not JSON is passed over.

Case: faults::corrupt-event
Class: F2
Wire: three events, the second of which is cut off
Made: the words of the first and the third, done, no error
Matters: words are missing from the middle of an answer, and nothing says so
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of("llm-lmstudio", "lmstudio/acme")

kind, stream = chat({"content": "Do "}, {"content": "not "}, {"content": "run it."})[1:]
at = stream.index(b'"not "')
corrupt = stream[:at] + stream[stream.index(b"\n\n", at) :]
with says((200, kind, corrupt)):
    response = model.prompt("Hi")
    failed = raised(response.text)
verdict(
    "Do, not (broken), run it.",
    f"{response.text()!r}, raised {failed}",
    failed is None and response.text() == "Do run it.",
)
