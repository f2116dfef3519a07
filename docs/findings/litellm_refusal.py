"""litellm 1.110.2: refusals of the Responses API are empty answers, and of a streamed chat the first piece is left.

Case: wire-openai-responses::refusal-parts
Class: F4
Wire: a message whose content is a refusal; in the chat wire, `refusal` in two deltas
Made: no content, no refusal, finish_reason stop; in the chat wire the message has the first piece
Matters: nobody can tell that the model refused, or read why
Thread: https://github.com/BerriAI/litellm/issues/39203
Shows: refusals::refusal[openai-responses-*], refusals::refusal[openai-chat-*], refusals::refusal[openrouter-*], refusals::refusal[vllm-*], wire-openai-chat-ends::refusal-delta, wire-openai-chat-ends::refusal-in-a-body
"""

import litellm
from wire import says
from wire_frameworks import completed
from wire_llm import verdict
from wire_payloads import chat, responses, said


def refused(model, answer):
    with says(answer):
        heard = [*completed(model, stream=True)]
    choice = litellm.stream_chunk_builder(heard).choices[0]
    refusal = getattr(choice.message, "refusal", None)
    return choice.message.content, refusal, choice.finish_reason


pieces = [{"role": "assistant", "refusal": "I cannot"}, {"refusal": " help."}]
got = {
    "responses": refused(
        "openai/responses/gpt-5", responses(said("I cannot help.", "refusal"))
    ),
    "chat": refused("openai/gpt-4.1", chat(*pieces)),
}
there = [answer[1] for answer in got.values()] == [None, "I cannot"]
verdict("a refusal: I cannot help.", got, there)
