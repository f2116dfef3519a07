"""llm-ollama 0.19.1: system= beside messages= is dropped.

Case: system::beside-messages
Class: C3
Wire: nothing: it is the request
Made: the messages alone
Matters: rules that a caller sets are silently not in force
Thread: no public thread known
"""

from wire import ndjson, says
from wire_llm import library, llm_of, verdict

model = llm_of("llm-ollama", "ollama/acme")


def line(content, done=False, **more):
    spoken = {"role": "assistant", "content": content, **more}
    return {
        "model": "acme",
        "created_at": "2026-01-01T00:00:00Z",
        "message": spoken,
        "done": done,
    }


llm = library()
with says(ndjson(line("Arr.", True))) as sent:
    model.prompt(messages=[llm.user("Who are you?")], system="You are a pirate.").text()
got = [message["role"] for message in sent[0]["messages"]]
verdict("system= and messages= are given", got, "system" not in got)
