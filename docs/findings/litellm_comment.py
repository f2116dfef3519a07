"""litellm 1.110.2: a comment in a stream costs words or counts.

Case: text::beyond-ascii
Class: F2
Wire: a comment before an event, as the standard of server-sent events allows and OpenRouter documents to send while it waits
Made: of Gemini's, where it comes first, no words at all, and finish_reason stop; of OpenRouter's and xAI's, where it comes before the chunk with the counts, counts that LiteLLM guesses
Matters: an answer is empty, or its cost wrong, because a proxy kept the connection alive; nothing is raised
Thread: no public thread known
"""

import litellm
from wire import says
from wire_frameworks import completed, gemini_sse
from wire_llm import verdict
from wire_payloads import chat

PING = b": ping"


def built(model, answer, before):
    status, kind, stream = answer
    events = stream.split(b"\n\n")
    events.insert(before, PING)
    with says((status, kind, b"\n\n".join(events))):
        options = {"include_usage": True}
        heard = [*completed(model, stream=True, stream_options=options)]
    return litellm.stream_chunk_builder(heard)


words = built("gemini/gemini-2.5-flash", gemini_sse([{"text": "Hello."}]), 0)
said = words.choices[0].message.content, words.choices[0].finish_reason
model = "openrouter/anthropic/claude-sonnet-4.5"
counted = built(model, chat({"content": "Hello."}), 2).usage.prompt_tokens
got = f"Gemini: {said}; OpenRouter: {counted} in"
verdict("Hello., 5 in", got, said == ("", "stop") and counted != 5)
