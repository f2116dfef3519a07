"""llm-cerebras 0.1.8: the system prompt is never sent.

Case: system::beside-the-prompt
Class: C1
Wire: nothing: it is the request
Made: the request has no system message
Matters: rules that a caller sets are silently not in force
Thread: no public thread known
Shows: system::beside-a-schema, system::as-it-was-written, system::new-on-the-third-turn, text::system-prompt, llama-cpp::system-prompt
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat_whole

model = llm_of("llm-cerebras", "cerebras-acme")
with says(chat_whole({"content": "Arr."})) as sent:
    response = model.prompt("Hi", system="You are a pirate.", key="none", stream=False)
    raised(response.text)
got = [message["role"] for message in sent[0]["messages"]]
verdict("a system prompt", got, "system" not in got)
