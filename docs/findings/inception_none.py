"""llm-inception 0.2.1: `content: null` ends the answer with AssertionError.

Case: wire-openai-chat-ends::content-null
Class: F8
Wire: a delta with `content: null`
Made: AssertionError: the plugin yields None
Matters: an answer that is whole cannot be read
Thread: no public thread known
Shows: faults::disconnected, faults::reset, faults::ends-too-early, text::nothing-said[openai-chat-whole], faults::corrupt-event[openai-chat]
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of("llm-inception", "inception/mercury")
with says(chat({"content": None}, {"content": "Hello."})):
    got = raised(lambda: model.prompt("Hi", key="none").text())
verdict("content null, then Hello.", got, "AssertionError" in str(got))
