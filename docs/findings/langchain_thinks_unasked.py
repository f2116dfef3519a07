"""langchain-anthropic 1.7.10: words after a thought that was not asked for are in no content block.

Case: reasoning::think-then-answer[anthropic-stream]
Class: A13
Wire: a thinking block with a signature, then text, though the request has no `thinking`, as claude-sonnet-5 was recorded to answer
Made: content_blocks holds the thought alone; the words are a bare string in content
Matters: content_blocks is how a message is to be read, and the answer is not in it
Thread: https://github.com/langchain-ai/langchain/issues/39687
"""

from langchain_anthropic import ChatAnthropic
from wire import says
from wire_frameworks import added
from wire_llm import verdict
from wire_payloads import TEXT, block, message, words

thinking = {"type": "thinking", "thinking": "", "signature": ""}
signed = {"type": "signature_delta", "signature": "c2lnbmVk"}
answer = [*block(thinking, signed), *block(TEXT, words("No."), index=1)]
with says(message(*answer)) as sent:
    got = added(ChatAnthropic(model="claude-sonnet-5", api_key="none"), "Is 91 prime?")
assert "thinking" not in sent[0]
held = [kept["type"] for kept in got.content_blocks]
verdict("a signed thought, No.", f"{held}, of {got.content}", "text" not in held)
