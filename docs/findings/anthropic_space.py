"""llm-anthropic 0.30: a space nobody said follows every call.

Case: tools::one-call
Class: C5
Wire: a message whose only block is a tool_use
Made: messages() ends in a text part of one space, and stream_events() yields it
Matters: the space is shown and stored, and is an empty text block for any other provider that the history goes to
Thread: no public thread known
Also: llm-minimax 0.1
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import TOOL_USE, block, json_piece, message

model = llm_of("llm-anthropic", "claude-haiku-4.5")
used = block(TOOL_USE, json_piece('{"city": "Paris"}'))
with says(message(*used, stop="tool_use")):
    got = parts(model.prompt("Where?", key="none", tools=[tool()]))
verdict("one tool_use block", got, got[-1] == {"type": "text", "text": " "})
