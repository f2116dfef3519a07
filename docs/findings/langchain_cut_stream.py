"""langchain-core 1.8.3: a stream that just stops is a complete answer.

Case: faults::ends-too-early
Class: F2
Wire: words, then the end of the connection: no finish_reason and no sentinel
Made: the message, whose last chunk says `chunk_position: last`, and no error
Matters: half an answer is taken for a whole one
Thread: https://github.com/BerriAI/litellm/issues/32686
Also: langchain-openai 1.7.4, langchain-anthropic 1.7.10
Shows: wire-anthropic::no-message-stop, wire-openai-chat-ends::neither-finish-nor-sentinel, wire-openai-responses::never-completed
"""

from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI
from wire import says
from wire_frameworks import added
from wire_llm import verdict
from wire_payloads import TEXT, block, chat, message, responses, said, words

openai = {"model": "gpt-4.1", "api_key": "none"}
cut = [
    (
        ChatOpenAI(**openai),
        chat({"content": "Rain in"}, finish=None, usage=False, done=False),
    ),
    (
        ChatOpenAI(**openai, use_responses_api=True),
        responses(said("Rain in"), ends=False),
    ),
    (
        ChatAnthropic(model="claude-haiku-4-5", api_key="none"),
        message(*block(TEXT, words("Rain in")), ends=False),
    ),
]
got = []
for model, answer in cut:
    with says(answer):
        whole = added(model)
    got.append((whole.text, whole.chunk_position))
verdict("Rain in, three times", got, got == [("Rain in", "last")] * 3)
