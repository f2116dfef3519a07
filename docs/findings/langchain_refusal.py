"""langchain-openai 1.7.4: a streamed refusal is an empty answer.

Case: wire-openai-chat-ends::refusal-delta
Class: F4
Wire: deltas with `refusal` and no `content`, finish_reason `stop`
Made: no content, no block, nothing in additional_kwargs; not streamed it is a block of the type refusal
Matters: nobody can tell that the model refused, or read why
Thread: https://github.com/langchain-ai/langchain/issues/39747
Shows: refusals::refusal, wire-openai-chat-ends::refusal-in-a-body
"""

from langchain_openai import ChatOpenAI
from wire import says
from wire_frameworks import added
from wire_llm import verdict
from wire_payloads import chat

refused = [{"role": "assistant", "refusal": "I cannot "}, {"refusal": "help."}]
with says(chat(*refused)):
    message = added(ChatOpenAI(model="gpt-4.1", api_key="none"))
got = f"{message.content_blocks}, {message.additional_kwargs}"
verdict("refusal: I cannot help.", got, "I cannot" not in str(message))
