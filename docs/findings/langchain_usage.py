"""langchain-core 1.8.3: counts in every chunk are added up.

Case: wire-openai-chat-ends::usage-in-every-chunk
Class: F10
Wire: a growing usage in every chunk, as xAI and Perplexity were recorded to send it: 7 in, and 1, 2, 3 out
Made: usage_metadata has 21 in and 6 out
Matters: the books hold a multiple of what was used
Thread: https://github.com/langchain-ai/langchain/issues/30429
Also: langchain-openai 1.7.4
"""

from langchain_openai import ChatOpenAI
from wire import says, sse
from wire_frameworks import added
from wire_llm import verdict


def chunk(output, delta, finish=None):
    counts = {"prompt_tokens": 7, "completion_tokens": output}
    counts |= {"total_tokens": 7 + output}
    shared = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return shared | {"choices": [choice], "usage": counts}


counted = [chunk(1, {"content": "One"}), chunk(2, {"content": " two"})]
with says(sse(*counted, chunk(3, {}, "stop"), "[DONE]")):
    message = added(ChatOpenAI(model="grok-4", api_key="none"))
got = message.usage_metadata
got = f"{got['input_tokens']} in, {got['output_tokens']} out"
verdict("7 in; 1, 2, then 3 out", got, got == "21 in, 6 out")
