"""pydantic-ai 2.68.0: half an answer of OpenAI's chat wire is a complete one.

Case: wire-openai-chat-ends::neither-finish-nor-sentinel
Class: F2
Wire: words, then the end of the connection: no finish_reason, no [DONE]
Made: the response's state is complete and its finish_reason `stop`, which nobody said; nothing is raised
Matters: half an answer is taken for a whole one, though a state incomplete exists
Thread: https://github.com/pydantic/pydantic-ai/issues/6610
Shows: faults::ends-too-early[openai-chat]
"""

from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from wire import says
from wire_frameworks import streamed
from wire_llm import verdict
from wire_payloads import chat

model = OpenAIChatModel("gpt-4.1", provider=OpenAIProvider(api_key="none"))
cut = chat({"content": "Do not mix"}, finish=None, usage=False, done=False)
with says(cut):
    response = streamed(model)
got = f"{response.text!r}, {response.state}, {response.finish_reason}"
verdict("words, and the end", got, response.state == "complete")
