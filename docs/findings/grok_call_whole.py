"""llm-grok 1.4.2: not streamed, an answer without words, such as a tool call, raises AssertionError.

Case: tools::no-arguments
Class: F8
Wire: a message with `content: null` and a tool call
Made: AssertionError: the plugin yields None
Matters: tools cannot be used without streaming
Thread: no public thread known
Shows: text::nothing-said[xai-whole], tools::one-call[xai-whole], tools::calls-in-a-row[xai-whole], tools::rich-arguments[xai-whole], tools::unknown-tool[xai-whole]
"""

from wire import says
from wire_llm import llm_of, raised, tool, verdict
from wire_payloads import call, chat_whole

model = llm_of("llm-grok", "grok-4-latest")

used = call('{"city": "Paris"}')
with says(chat_whole({"content": None, "tool_calls": [used]}, "tool_calls")):
    got = raised(model.prompt("Hi", tools=[tool()], stream=False, key="none").text)
verdict("content null, and a call", got, "AssertionError" in str(got))
