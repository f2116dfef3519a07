"""llm-anthropic 0.30: a call that was cut off is run with what there was.

Case: wire-anthropic::cut-off-call-is-not-run
Class: A9
Wire: a tool_use whose JSON stops in the middle, stop_reason max_tokens
Made: tool_calls() has arguments that the model never finished
Matters: a tool is run with half an argument: a path, a city, a sum
Thread: https://github.com/pydantic/pydantic-ai/issues/3118
Also: llm-minimax 0.1
"""

from wire import TOOL_USE, block, json_piece, llm_of, message, says, tool, verdict

model = llm_of("llm-anthropic", "claude-haiku-4.5")
used = block(TOOL_USE, json_piece('{"city": "Pa'))
with says(message(*used, stop="max_tokens")):
    response = model.prompt("Where?", key="none", tools=[tool()])
    got = [(call.name, call.arguments) for call in response.tool_calls()]
verdict('{"city": "Pa, then max_tokens', got, bool(got) and "_raw" not in got[0][1])
