"""llm-anthropic 0.30: an image that a tool gave is not sent.

Case: attachments::image-in-a-result
Class: C8
Wire: nothing: it is the request
Made: the tool_result has the words alone
Matters: the model answers about a picture that it never saw
Thread: no public thread known
Also: llm-minimax 0.1
"""

from wire import says
from wire_llm import drawn, llm_of, verdict
from wire_payloads import TEXT, block, message, words

model = llm_of("llm-anthropic", "claude-haiku-4.5")

with says(message(*block(TEXT, words("A dot.")))) as sent:
    model.prompt(messages=drawn(), key="none").text()
got = sent[0]["messages"][-1]["content"]
verdict("a result with an image", got, "image" not in str(got))
