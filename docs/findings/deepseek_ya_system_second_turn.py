"""llm-deepseek-ya 3.0.0: the system prompt is lost on the second turn.

Case: text::system-prompt
Class: C1
Wire: nothing: it is the requests of two turns
Made: a system message in the first, none in the second
Matters: rules that a caller sets are silently no longer in force
Thread: no public thread known
Shows: system::new-on-the-third-turn
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import chat_whole

model = llm_of("llm-deepseek-ya", "deepseek-chat")

with says(chat_whole({"content": "Arr."})) as sent:
    talk = model.conversation()
    talk.prompt(
        "Who are you?", system="You are a pirate.", key="none", stream=False
    ).text()
    talk.prompt("And I?", key="none", stream=False).text()
got = ["pirate" in str(request) for request in sent]
verdict("two turns with a system prompt", f"sent: {got}", got == [True, False])
