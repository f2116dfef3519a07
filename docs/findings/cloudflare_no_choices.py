"""llm-cloudflare 0.5.6: a chunk without choices raises IndexError.

Case: wire-openai-chat-ends::first-chunk-without-choices
Class: F7
Wire: a first chunk with `choices: []`, as filters send it
Made: IndexError before the answer began
Matters: an answer that is whole cannot be read
Thread: https://github.com/AndraxDev/speak-gpt/issues/162
"""

from wire import says, sse
from wire_llm import llm_of, raised, verdict

model = llm_of(
    "llm-cloudflare",
    "@cf/meta/llama-3-8b-instruct",
    CLOUDFLARE_ACCOUNT_ID="0" * 32,
    CLOUDFLARE_API_TOKEN="none",
)
said = {"choices": [{"index": 0, "delta": {"content": "Hello."}}]}
with says(sse({"choices": []}, said, "[DONE]")):
    got = raised(model.prompt("Hi", key="none").text)
verdict("choices: [], then Hello.", got, "IndexError" in str(got))
