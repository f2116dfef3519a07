"""llm 0.36, chat models: two calls that share an id become one part.

Case: wire-openai-chat::one-id-for-two-calls
Class: A6
Wire: two whole tool calls at the indexes 0 and 1, both with the id `call_a`
Made: one part `get_weatherget_weather` whose arguments are no JSON; tool_calls() has two
Matters: the history, and the next request, hold a call of a tool that does not exist
Thread: https://github.com/QwenLM/qwen-code/issues/5099
Also: llm-meta-ai 0.2, llm-venice 0.9.1, llm-lmstudio 0.3.1
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import call, chat

model = llm_of("", "gpt-4o-mini")
one, two = call('{"city": "Paris"}'), call('{"city": "Rome"}', index=1)
with says(chat({"tool_calls": [one]}, {"tool_calls": [two]}, finish="tool_calls")):
    got = parts(model.prompt("Where?", key="none", tools=[tool()]))
verdict("calls of Paris and Rome, one id", got, len(got) == 1)
