"""pydantic-ai 2.68.0: counts in every chunk are added up.

Case: wire-openai-chat-ends::usage-in-every-chunk
Class: F10
Wire: a growing usage in every chunk, as xAI and Perplexity were recorded to send it: 7 in, and 1, 2, 3 out
Made: usage has 21 in and 6 out, unless openai_continuous_usage_stats is set
Matters: limits and costs are reckoned from a multiple of what was used
Thread: https://github.com/pydantic/pydantic-ai/issues/5260
"""

from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from wire import says, sse
from wire_frameworks import streamed
from wire_llm import verdict


def chunk(output, delta, finish=None):
    counts = {"prompt_tokens": 7, "completion_tokens": output}
    counts |= {"total_tokens": 7 + output}
    shared = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return shared | {"choices": [choice], "usage": counts}


model = OpenAIChatModel("grok-4", provider=OpenAIProvider(api_key="none"))
counted = [chunk(1, {"content": "One"}), chunk(2, {"content": " two"})]
with says(sse(*counted, chunk(3, {}, "stop"), "[DONE]")):
    usage = streamed(model).usage
got = f"{usage.input_tokens} in, {usage.output_tokens} out"
verdict("7 in; 1, 2, then 3 out", got, got == "21 in, 6 out")
