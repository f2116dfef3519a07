"""pydantic-ai 2.68.0: the signature of a thought of Mistral's is lost.

Case: reasoning::signed-through-three-turns
Class: B1
Wire: a thinking chunk with a signature, which Mistral's own SDK documents as what replays a thought
Made: a ThinkingPart without a signature; the next request has none
Matters: a thought cannot be replayed on the next turn
Thread: no public thread known
Shows: reasoning::signed-thoughts-and-a-call[mistral-*], reasoning::think-then-call-twice[mistral-*], reasoning::thinking-twice[mistral-*], reasoning::two-thoughts-in-one-answer[mistral-*]
"""

from pydantic_ai import ModelRequest
from pydantic_ai.direct import model_request_sync
from pydantic_ai.models.mistral import MistralModel
from pydantic_ai.providers.mistral import MistralProvider
from wire import says
from wire_llm import verdict
from wire_payloads import chat_whole

thought = {"type": "thinking", "thinking": [{"type": "text", "text": "I look."}]}
thought |= {"signature": "c2lnLTE="}
words = {"type": "text", "text": "Rain."}
provider = MistralProvider(api_key="none")
model = MistralModel("magistral-medium-latest", provider=provider)
history = [ModelRequest.user_text_prompt("Paris?")]
with says(chat_whole({"content": [thought, words]})) as sent:
    for _ in range(2):
        history.append(model_request_sync(model, history))
        history.append(ModelRequest.user_text_prompt("And?"))
part = history[1].parts[0]
back = "c2lnLTE=" in str(sent[1])
got = f"{part.part_kind}, signature {part.signature}; sent back: {back}"
verdict("'I look.', signed c2lnLTE=", got, part.signature is None and not back)
