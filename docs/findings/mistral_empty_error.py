"""llm-mistral 0.16: streamed, an HTTP error without a body is an error about reading.

Case: refusals::error-without-a-body
Class: F3
Wire: status 503 and an empty body
Made: ResponseNotRead: Attempted to access streaming response content; nothing says 503
Matters: nobody can tell a server that is down from a bug, and nothing tries again
Thread: no public thread known
"""

from wire import body, says
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-mistral", "mistral/acme")
with says(body("", 503)):
    got = raised(model.prompt("Hi", key="none").text)
verdict("503", got, "ResponseNotRead" in str(got) and "503" not in str(got))
