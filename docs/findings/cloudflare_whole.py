"""llm-cloudflare 0.5.6: without streaming nothing can be read.

Case: llama-cpp::not-streamed
Class: F8
Wire: an answer as one JSON body
Made: AttributeError: the SDK was asked to stream all the same
Matters: `stream=False` never works
Thread: no public thread known
Shows: text::*[openai-chat-whole], wire-openai-chat-ends::usage-missing-in-a-body, reasoning::think-then-answer[openai-chat-whole]
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat_whole

model = llm_of(
    "llm-cloudflare",
    "@cf/meta/llama-3-8b-instruct",
    CLOUDFLARE_ACCOUNT_ID="0" * 32,
    CLOUDFLARE_API_TOKEN="none",
)
with says(chat_whole({"content": "Hello."})):
    got = raised(lambda: model.prompt("Hi", key="none", stream=False).text())
verdict("Hello., in one body", got, "AttributeError" in str(got))
