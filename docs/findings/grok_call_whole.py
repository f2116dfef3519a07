"""llm-grok 1.4.2: not streamed, a tool call raises AssertionError.

Case: tools::no-arguments
Class: F8
Wire: a message with `content: null` and a tool call
Made: AssertionError: the plugin yields None
Matters: tools cannot be used without streaming
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, raised, tool, verdict
from wire_payloads import call, chat_whole

model = llm_of("llm-grok", "grok-4-latest")

used = call('{"city": "Paris"}')
with says(chat_whole({"content": None, "tool_calls": [used]}, "tool_calls")):
    got = raised(model.prompt("Hi", tools=[tool()], stream=False, key="none").text)
verdict("content null, and a call", got, "AssertionError" in str(got))
