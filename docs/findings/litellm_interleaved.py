"""litellm 1.110.2: the inputs of interleaved calls of Anthropic's are mixed up.

Case: wire-anthropic::interleaved-blocks
Class: A3
Wire: the input of two tool_use blocks, in turns, each piece with the index of its block
Made: the first call has `{}`, the second both inputs, in pieces: every piece counts for the block that began last
Matters: neither call can be run, though each piece says whose it is
Thread: https://github.com/QwenLM/Qwen-Agent/issues/943
"""

import litellm
from wire import says
from wire_frameworks import completed
from wire_llm import verdict
from wire_payloads import TOOL_USE, json_piece, message

events = [
    {"type": "content_block_start", "index": index, "content_block": used}
    for index, used in enumerate([TOOL_USE, TOOL_USE | {"id": "toolu_2"}])
]
pieces = [(0, '{"city": "P'), (1, '{"city": "R'), (0, 'aris"}'), (1, 'ome"}')]
for index, text in pieces:
    piece = {"type": "content_block_delta", "index": index}
    events.append(piece | {"delta": json_piece(text)})
events += [{"type": "content_block_stop", "index": index} for index in (0, 1)]
with says(message(*events, stop="tool_use")):
    heard = [*completed("anthropic/claude-sonnet-4-5", stream=True)]
calls = litellm.stream_chunk_builder(heard).choices[0].message.tool_calls
got = [call.function.arguments for call in calls]
verdict("calls of Paris and Rome, in turns", got, got[0] == "{}")
