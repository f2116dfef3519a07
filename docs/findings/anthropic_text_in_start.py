"""llm-anthropic 0.30: text in content_block_start is dropped.

Case: wire-anthropic::text-in-a-block-start
Class: A13
Wire: a text block that starts with `Rain ` and goes on with `in Paris.`
Made: `in Paris.`
Matters: the first words of an answer are missing, on servers that send them so
Thread: https://github.com/anomalyco/opencode/issues/38733
Also: llm-minimax 0.1
"""

from wire import says
from wire_llm import llm_of, parts, verdict
from wire_payloads import TEXT, block, message, words

model = llm_of("llm-anthropic", "claude-haiku-4.5")
with says(message(*block({**TEXT, "text": "Rain "}, words("in Paris.")))):
    got = parts(model.prompt("Weather?", key="none"))
verdict("'Rain ' + 'in Paris.'", got, got == [{"type": "text", "text": "in Paris."}])
