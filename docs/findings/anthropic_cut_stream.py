"""llm-anthropic 0.30: a stream without message_stop is a complete answer.

Case: wire-anthropic::no-message-stop
Class: F2
Wire: words, then the end of the connection
Made: text(), done, no error
Matters: half an answer is taken for a whole one
Thread: https://github.com/griffinwork40/agent-afk/issues/635
Also: llm-minimax 0.1
Shows: faults::ends-too-early
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import TEXT, block, message, words

model = llm_of("llm-anthropic", "claude-haiku-4.5")
with says(message(*block(TEXT, words("The answer is")), ends=False)):
    response = model.prompt("Well?", key="none")
    failed = raised(response.text)
verdict(
    "words and no message_stop", f"{response.text()!r}, raised {failed}", failed is None
)
