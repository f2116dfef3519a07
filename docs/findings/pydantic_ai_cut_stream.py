"""pydantic-ai 2.68.0: half an answer of Anthropic's is a complete one.

Case: wire-anthropic::no-message-stop
Class: F2
Wire: words, then the end of the connection: no message_delta, no message_stop
Made: the agent's output is half a sentence; the response's state is complete, and nothing is raised
Matters: half an answer is taken for a whole one, though message_stop always comes and a state incomplete exists
Thread: https://github.com/pydantic/pydantic-ai/issues/6610
Shows: faults::ends-too-early[anthropic]
"""

from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from wire import says
from wire_llm import verdict
from wire_payloads import TEXT, block, message, words

begun = [*block(TEXT, words("Do not mix bleach with"))][:2]
provider = AnthropicProvider(api_key="none")
agent = Agent(AnthropicModel("claude-sonnet-4-5", provider=provider))
with says(message(*begun, ends=False)):
    result = agent.run_stream_sync("May I mix bleach?")
    output, state = result.get_output(), result.response.state
got = f"{output!r}, {state}"
verdict("words, and the end", got, state == "complete")
