"""llm-anthropic 0.30: a thought in content_block_start is dropped.

Case: wire-anthropic::thought-in-a-block-start
Class: A13
Wire: a thinking block that starts with `Let me ` and goes on with `think.`
Made: `think.`
Matters: the first words of a thought are missing, and the signed thought that goes back is another one
Thread: https://github.com/anomalyco/opencode/issues/38733
Also: llm-minimax 0.1
"""

from wire import says
from wire_llm import llm_of, parts, verdict
from wire_payloads import TEXT, block, message, words

model = llm_of("llm-anthropic", "claude-haiku-4.5")

start = {"type": "thinking", "thinking": "Let me ", "signature": ""}
deltas = [
    {"type": "thinking_delta", "thinking": "think."},
    {"type": "signature_delta", "signature": "c2ln"},
]
with says(message(*block(start, *deltas), *block(TEXT, words("Rain."), index=1))):
    got = parts(model.prompt("Weather?", key="none"))
verdict("'Let me ' + 'think.'", got[0], got[0].get("text") != "Let me think.")
