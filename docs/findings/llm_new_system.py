"""llm 0.36, models that read prompt.messages: a new system prompt on a later turn is dropped.

Case: system::new-on-the-third-turn
Class: C1
Wire: nothing: it is the requests of a conversation
Made: the second request has the first system prompt alone, and the new one nowhere
Matters: rules that a caller changes are silently not in force; reply(system=) loses them too
Thread: https://github.com/simonw/llm/issues/1478
Also: llm 0.36, chat models, llm 0.36, Responses models, llm-deepseek 0.1.6, llm-fireworks 0.1a0, llm-lmstudio 0.3.1, llm-meta-ai 0.2, llm-mistral 0.16, llm-moonshot 0.3.1, llm-ollama 0.19.1, llm-sambanova 0.1, llm-venice 0.9.1
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import chat_whole

model = llm_of("", "gpt-4o-mini")
with says(chat_whole({"content": "Arr."})) as sent:
    talk = model.conversation()
    asked = {"key": "none", "stream": False}
    talk.prompt("Who are you?", system="You are a pirate.", **asked).text()
    talk.prompt("And now?", system="You are a parrot now.", **asked).text()
got = [m["content"] for m in sent[1]["messages"] if m["role"] == "system"]
verdict(
    "a pirate, then a parrot", f"second request: {got}", got == ["You are a pirate."]
)
