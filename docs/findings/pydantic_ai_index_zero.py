"""pydantic-ai 2.68.0: two streamed calls with one index become one.

Case: wire-openai-chat::index-always-zero
Class: A4
Wire: two whole tool calls with their own ids and the index 0, as Ollama was reported to send them
Made: one call, `get_weatherget_weather`, with both arguments joined and the second id
Matters: neither call can be run, though the ids say that there are two
Thread: https://github.com/huggingface/smolagents/issues/1569
"""

from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from wire import says
from wire_frameworks import streamed
from wire_llm import verdict
from wire_payloads import call, chat

model = OpenAIChatModel("m", provider=OpenAIProvider(api_key="none"))
one, two = call('{"city": "Paris"}', id="a"), call('{"city": "Rome"}', id="b")
with says(chat({"tool_calls": [one]}, {"tool_calls": [two]}, finish="tool_calls")):
    calls = streamed(model).tool_calls
got = [(used.tool_name, used.args, used.tool_call_id) for used in calls]
verdict("calls of Paris and Rome, index 0 and 0", got, len(got) == 1)
