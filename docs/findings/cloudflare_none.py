"""llm-cloudflare 0.5.6: a delta without words ends the answer with AssertionError.

Case: wire-openai-chat-ends::content-null
Class: F8
Wire: a last delta without `content`, as OpenAI's streams have it
Made: AssertionError: the plugin yields None
Matters: an answer whose last delta holds no words cannot be read to its end
Thread: no public thread known
Shows: text::*[openai-chat-stream], text::separators-as-they-are, reasoning::think-then-answer[openai-chat-stream], faults::disconnected, faults::reset, faults::ends-too-early, faults::corrupt-event, llama-cpp::plain-text, llama-cpp::system-prompt, llama-cpp::stopped-at-length, llama-cpp::beyond-ascii, llama-cpp::hung-up, system::beside-the-prompt, system::as-it-was-written, system::new-on-the-third-turn, wire-openai-chat-ends::usage-without-choices, wire-openai-chat-ends::usage-null-until-the-last, wire-openai-chat-ends::usage-in-every-chunk, wire-openai-chat-ends::no-sentinel, wire-openai-chat-ends::finish-then-null
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
with says(chat({"content": "Hello."})):
    got = raised(lambda: model.prompt("Hi", key="none").text())
verdict("Hello., then an empty delta", got, "AssertionError" in str(got))
