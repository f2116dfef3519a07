"""llm-litellm-proxy 0.1.0: the system prompt is lost on the second turn.

Case: text::system-prompt
Class: C1
Wire: nothing: it is the requests of two turns
Made: a system message in the first, none in the second
Matters: rules that a caller sets are silently no longer in force
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import chat_whole

model = llm_of(
    "llm-litellm-proxy",
    "acme",
    LITELLM_BASE_URL="http://localhost:4000",
    LITELLM_API_KEY="none",
)
with says(chat_whole({"content": "Arr."})) as sent:
    talk = model.conversation()
    talk.prompt("Who are you?", system="You are a pirate.").text()
    talk.prompt("And I?").text()
got = ["pirate" in str(body) for body in sent]
verdict("two turns with a system prompt", f"sent: {got}", got == [True, False])
