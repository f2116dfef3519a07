"""llm-groq 0.9: not streamed, an answer without words raises AssertionError.

Case: text::nothing-said
Class: F8
Wire: a body with `content: null`
Made: AssertionError: the plugin yields None
Matters: an empty answer, as a filter or a stop sequence gives it, is an error that says nothing
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat_whole

model = llm_of("llm-groq", "groq/acme")
with says(chat_whole({"content": None})):
    got = raised(model.prompt("Hi", key="none", stream=False).text)
verdict("content null", got, "AssertionError" in str(got))
