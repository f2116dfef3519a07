"""litellm 1.110.2: what the start of a block of Anthropic's says is lost.

Case: wire-anthropic::input-in-a-block-start
Class: A13
Wire: a thinking block and a tool_use block, whole in content_block_start, without deltas
Made: a call with `{}`, and no thought; not streamed both are there
Matters: the tool is run without its arguments, and a signed thought does not go back with its result
Thread: https://github.com/BerriAI/litellm/issues/30145
Shows: wire-anthropic::thought-in-a-block-start
"""

import litellm
from wire import says
from wire_frameworks import completed
from wire_llm import verdict
from wire_payloads import TOOL_USE, block, message

thought = {"type": "thinking", "thinking": "I look.", "signature": "c2lnLTE="}
used = TOOL_USE | {"input": {"city": "Paris"}}
blocks = [*block(thought), *block(used, index=1)]
with says(message(*blocks, stop="tool_use")):
    heard = [*completed("anthropic/claude-sonnet-4-5", stream=True)]
said = litellm.stream_chunk_builder(heard).choices[0].message
thoughts = getattr(said, "thinking_blocks", None)
got = f"{said.tool_calls[0].function.arguments}, thoughts: {thoughts}"
verdict("'I look.', then a call for Paris", got, got == "{}, thoughts: None")
