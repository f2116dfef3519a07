"""llm-anthropic 0.30: a space nobody said follows every call.

Case: tools::one-call
Class: C5
Wire: a message whose only block is a tool_use
Made: messages() ends in a text part of one space, and stream_events() yields it
Matters: the space is shown and stored, and is an empty text block for any other provider that the history goes to
Thread: no public thread known
Also: llm-minimax 0.1
Shows: reasoning::signed-thoughts-and-a-call, reasoning::think-then-call-twice, reasoning::thinking-twice, reasoning::order-of-thoughts-and-calls, reasoning::thought-without-words, reasoning::signed-through-three-turns, schema::tools-after-a-tools-result, schema::references-in-a-tool, system::with-a-tools-result, system::with-a-tools-result-through-json, tools::text-then-call, tools::parallel-calls, tools::calls-in-a-row, tools::no-arguments, tools::rich-arguments, tools::unknown-tool, tools::call-through-json, tools::question-with-the-results, tools::nothing-said-with-the-results, tools::empty-result, tools::words-around-calls, tools::same-call-twice, wire-anthropic::signature-without-a-thought, wire-anthropic::empty-input-delta
"""

from wire import says
from wire_llm import llm_of, parts, tool, verdict
from wire_payloads import TOOL_USE, block, json_piece, message

model = llm_of("llm-anthropic", "claude-haiku-4.5")
used = block(TOOL_USE, json_piece('{"city": "Paris"}'))
with says(message(*used, stop="tool_use")):
    got = parts(model.prompt("Where?", key="none", tools=[tool()]))
verdict("one tool_use block", got, got[-1] == {"type": "text", "text": " "})
