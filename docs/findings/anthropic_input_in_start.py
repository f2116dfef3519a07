"""llm-anthropic 0.30: a call has other arguments in messages() than in tool_calls().

Case: wire-anthropic::input-in-a-block-start
Class: A13
Wire: a tool_use block whose input is whole in content_block_start
Made: the part has `{}`, tool_calls() has the input
Matters: the tool runs with arguments that the stored history does not have
Thread: https://github.com/BerriAI/litellm/issues/30145
Also: llm-minimax 0.1
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import TOOL_USE, block, message

model = llm_of("llm-anthropic", "claude-haiku-4.5")
used = block({**TOOL_USE, "input": {"city": "Paris"}})
with says(message(*used, stop="tool_use")):
    response = model.prompt("Where?", key="none", tools=[tool()])
    part = next(p for p in parts(response) if p["type"] == "tool_call")
    called = response.tool_calls()[0]
got = f"part {part['arguments']}, call {called.arguments}"
verdict("input {city: Paris} at the start", got, part["arguments"] != called.arguments)
