"""litellm 1.110.2: reasoning_details of OpenRouter's are lost when a stream is put together.

Case: echo::details-go-back
Class: B1
Wire: a delta with `reasoning` and `reasoning_details`, signed, as OpenRouter documents them
Made: the chunk has them, the message of stream_chunk_builder has the words alone; not streamed they are in provider_specific_fields and go back
Matters: OpenRouter asks for them back unchanged with the results of tools; after a stream they are gone
Thread: no public thread known
Shows: reasoning::signed-thoughts-and-a-call[openrouter-stream], reasoning::think-then-call-twice[openrouter-stream], reasoning::redacted-thoughts[openrouter-stream], reasoning::thinking-twice[openrouter-stream], reasoning::signed-through-three-turns[openrouter-stream]
"""

import litellm
from wire import says
from wire_frameworks import completed
from wire_llm import verdict
from wire_payloads import chat

detail = {"type": "reasoning.text", "text": "I look.", "index": 0}
detail |= {"signature": "c2lnLTE=", "format": "anthropic-claude-v1"}
thought = {"role": "assistant", "content": "", "reasoning": "I look."}
thought |= {"reasoning_details": [detail]}
with says(chat(thought, {"content": "Rain."})):
    heard = [*completed("openrouter/anthropic/claude-sonnet-4.5", stream=True)]
message = litellm.stream_chunk_builder(heard).choices[0].message
kept = ["c2lnLTE=" in str(said) for said in (heard[0], message)]
got = f"signature in the chunk: {kept[0]}, in the message: {kept[1]}"
verdict("reasoning_details, signed", got, kept == [True, False])
