"""litellm 1.110.2: signatures of Gemini's are kept for calls alone.

Case: echo::gemini-signs-everything
Class: B1
Wire: a thought, words and a call, each with a thoughtSignature, streamed
Made: the next request has the signature of the call; thought and words go back without theirs
Matters: Google recommends to return every signature, or the model thinks worse on the next turn
Thread: no public thread known
"""

import litellm
from wire import says
from wire_frameworks import completed, gemini_sse
from wire_llm import verdict

model = "gemini/gemini-3-pro-preview"
call = {"functionCall": {"id": "c1", "name": "get_weather", "args": {}}}
parts = [{"text": "I look.", "thought": True}, {"text": "Let me see."}, call]
signatures = ["c2lnLXRob3VnaHQ=", "c2lnLXdvcmRz", "c2lnLWNhbGw="]
signed = [[p | {"thoughtSignature": s}] for p, s in zip(parts, signatures, strict=True)]
asked = {"role": "user", "content": "Paris?"}
with says(gemini_sse(*signed), gemini_sse([{"text": "Rain."}])) as sent:
    heard = [*completed(model, asked, stream=True)]
    reply = litellm.stream_chunk_builder(heard).choices[0].message
    result = {
        "role": "tool",
        "tool_call_id": reply.tool_calls[0].id,
        "content": "Rain.",
    }
    list(completed(model, asked, reply, result, stream=True))
got = [signature in str(sent[1]) for signature in signatures]
verdict(
    "thought, words and call, signed", f"sent back: {got}", got == [False, False, True]
)
