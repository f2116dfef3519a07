"""llm-anthropic 0.30: a call that was cut off is run with what there was.

Case: wire-anthropic::cut-off-call-is-not-run
Class: A9
Wire: a tool_use whose JSON stops in the middle, stop_reason max_tokens
Made: tool_calls() has arguments that the model never finished
Matters: a tool is run with half of its arguments: here, without what would have narrowed it
Thread: https://github.com/pydantic/pydantic-ai/issues/3118
Also: llm-minimax 0.1
Shows: tools::truncated-call
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import TOOL_USE, block, json_piece, message

model = llm_of("llm-anthropic", "claude-haiku-4.5")
used = block(TOOL_USE, json_piece('{"path": "/", "force": true, "only": "*.t'))
with says(message(*used, stop="max_tokens")):
    response = model.prompt("Where?", key="none", tools=[tool()])
    got = [(call.name, call.arguments) for call in response.tool_calls()]
verdict(
    '{"path": "/", "force": true, "only": "*.t, then max_tokens',
    got,
    bool(got) and "_raw" not in got[0][1],
)
