"""litellm 1.110.2: the signature of a thought of Mistral's is lost, and each piece of a streamed one is a thought.

Case: wire-others::mistral-thought-in-a-list
Class: B1
Wire: a thinking chunk in two pieces, with a signature, which Mistral's own SDK documents as what replays a thought
Made: streamed, two thinking_blocks, each with the signature `mistral`, which LiteLLM makes up; not streamed, of two thoughts no block and the words of the last
Matters: a thought cannot be replayed on the next turn, and history holds a thought for each piece
Thread: no public thread known
Shows: reasoning::*[mistral-stream], reasoning::*[mistral-whole]
"""

import litellm
from wire import says
from wire_frameworks import completed
from wire_llm import verdict
from wire_payloads import chat, chat_whole


def thought(text, **more):
    said = {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
    return said | more


pieces = [{"content": [thought("I ")]}]
pieces.append({"content": [thought("look.", signature="c2lnLTE=")]})
model = "mistral/magistral-medium-latest"
with says(chat(*pieces, {"content": "Rain."})):
    heard = [*completed(model, stream=True)]
streamed = litellm.stream_chunk_builder(heard).choices[0].message.thinking_blocks
two = [thought("First.", signature="c2lnLTE="), thought("Then.", signature="c2lnLTI=")]
with says(chat_whole({"content": [*two, {"type": "text", "text": "Rain."}]})):
    whole = completed(model).choices[0].message
blocks = [(block["thinking"], block["signature"]) for block in streamed]
got = f"{blocks}; whole: {whole.reasoning_content}"
wire = "'I look.', signed c2lnLTE=; whole: 'First.' and 'Then.'"
verdict(wire, got, [signed for _, signed in blocks] == ["mistral"] * 2)
