"""litellm 1.110.2: tokens that Groq counted are guessed instead.

Case: text::token-counts
Class: F10
Wire: a last chunk that counts 5003 and 359 in x_groq.usage alone, as Groq's compound models were recorded to count
Made: stream_chunk_builder counts the words itself: a few tokens, and nothing says that it is a guess
Matters: what a server's tools and thoughts used is left out, and costs are reckoned without it
Thread: no public thread known
Shows: text::plain[groq-stream], text::nothing-said[groq-stream], text::stopped-at-length[groq-stream], tools::one-call[groq-stream], reasoning::think-then-answer[groq-stream]
"""

import litellm
from wire import says, sse
from wire_frameworks import completed
from wire_llm import verdict

counts = {"prompt_tokens": 5003, "completion_tokens": 359, "total_tokens": 5362}
shared = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
words = {"index": 0, "delta": {"role": "assistant", "content": "No."}}
end = {"index": 0, "delta": {}, "finish_reason": "stop"}
chunks = [shared | {"choices": [words]}]
chunks.append(shared | {"choices": [end], "x_groq": {"usage": counts}})
asked = [{"role": "user", "content": "Is 91 prime?"}]
with says(sse(*chunks, "[DONE]")):
    heard = [*completed("groq/groq/compound", *asked, stream=True)]
usage = litellm.stream_chunk_builder(heard, messages=asked).usage
got = f"{usage.prompt_tokens} and {usage.completion_tokens}"
verdict("x_groq.usage: 5003 and 359", got, usage.completion_tokens != 359)
