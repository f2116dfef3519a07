"""llm-anthropic 0.30: interleaved calls come under each other's id while they stream.

Case: wire-anthropic::interleaved-blocks
Class: A3
Wire: the input of two tool_use blocks, in turns
Made: stream_events() gives the first call's input under the id toolu_2; messages() is right
Matters: who puts calls together by their id as they stream joins two of them
Thread: https://github.com/QwenLM/Qwen-Agent/issues/943
Also: llm-minimax 0.1
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import TOOL_USE, block, json_piece, message

model = llm_of("llm-anthropic", "claude-haiku-4.5")

first, second = TOOL_USE, TOOL_USE | {"id": "toolu_2"}
one, two = (
    [*block(first, json_piece('{"city": '), json_piece('"Paris"}'))],
    [*block(second, json_piece('{"city": '), json_piece('"Rome"}'), index=1)],
)
mixed = [one[0], two[0], one[1], two[1], one[2], two[2], one[3], two[3]]
with says(message(*mixed, stop="tool_use")):
    response = model.prompt("Where?", key="none", tools=[tool()])
    events = [e for e in response.stream_events() if e.type.startswith("tool_call")]
got = [(e.part_index, e.tool_call_id, e.chunk) for e in events]
mixed_up = len({(index, id) for index, id, _ in got}) > 2
verdict("toolu_1 and toolu_2, in turns", got, mixed_up)
