"""llm 0.36, Responses models: of two reasoning items only the last keeps its state.

Case: reasoning::two-thoughts-in-one-answer
Class: B2
Wire: two reasoning items, each with encrypted_content, and a message
Made: one reasoning part with both texts; only the second state is sent back
Matters: the model goes on without the first half of what it thought
Thread: https://github.com/crmne/ruby_llm/issues/896
Shows: reasoning::sealed-and-shown
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import responses, said

model = llm_of("", "gpt-5-mini")


def thought(number):
    summary = [{"type": "summary_text", "text": f"Thought {number}."}]
    sealed = {"encrypted_content": f"sealed-{number}", "summary": summary}
    return {"type": "reasoning", "id": f"rs_{number}", **sealed}


with says(responses(thought(1), thought(2), said("Done."))) as sent:
    talk = model.conversation()
    talk.prompt("Hi", key="none").text()
    talk.prompt("And?", key="none").text()
got = [i["encrypted_content"] for i in sent[1]["input"] if i.get("type") == "reasoning"]
verdict("sealed-1 and sealed-2", f"sent back: {got}", "sealed-1" not in got)
