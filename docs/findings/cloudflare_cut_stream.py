"""llm-cloudflare 0.5.6: a stream that just stops is a complete answer.

Case: wire-openai-chat-ends::neither-finish-nor-sentinel
Class: F2
Wire: words, then the end: no finish_reason, no [DONE]
Made: text(), done, no error
Matters: half an answer is taken for a whole one
Thread: https://github.com/BerriAI/litellm/issues/32159
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of(
    "llm-cloudflare",
    "@cf/meta/llama-3-8b-instruct",
    CLOUDFLARE_ACCOUNT_ID="0" * 32,
    CLOUDFLARE_API_TOKEN="none",
)
with says(chat({"content": "The answer is"}, finish=None, usage=False, done=False)):
    response = model.prompt("Well?", key="none")
    failed = raised(response.text)
verdict("words and no end", f"{response.text()!r}, raised {failed}", failed is None)
