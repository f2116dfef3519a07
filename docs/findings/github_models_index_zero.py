"""llm-github-models 0.18.0: two calls with one index, or none, become one with arguments that nobody gave.

Case: wire-openai-chat::index-always-zero
Class: A4
Wire: two whole tool calls with their own ids and the index 0
Made: one call with `{"error": "Invalid JSON in arguments"}`
Matters: parallel calls are lost, and a tool is run with an argument that the model did not give
Thread: https://github.com/comet-ml/opik/issues/8362
Shows: wire-openai-chat::calls-without-an-index
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import call, chat

model = llm_of("llm-github-models", "github/gpt-4o")

one, two = call('{"city": "Paris"}', id="a"), call('{"city": "Rome"}', id="b")
with says(chat({"tool_calls": [one]}, {"tool_calls": [two]}, finish="tool_calls")):
    made = model.prompt("Hi", tools=[tool()]).tool_calls()
got = [used.arguments for used in made]
verdict("calls of Paris and Rome, index 0 and 0", got, len(got) == 1)
