"""llm-github-models 0.18.0: streamed, a call with empty arguments is made with arguments that nobody gave.

Case: wire-openai-chat::empty-arguments
Class: A2
Wire: a call whose arguments are an empty text, as some models say none
Made: a call with the arguments `{"error": "Invalid JSON in arguments"}`
Matters: a tool that takes no arguments is run with one that it does not know
Thread: https://github.com/simonw/llm/issues/1521
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import call, chat

model = llm_of("llm-github-models", "github/gpt-4o")
with says(chat({"tool_calls": [call("")]}, finish="tool_calls")):
    got = model.prompt("Where?", tools=[tool()]).tool_calls()[0].arguments
verdict("arguments that are an empty text", got, "error" in got)
