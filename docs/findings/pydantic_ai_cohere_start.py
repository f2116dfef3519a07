"""pydantic-ai 2.68.0: arguments in the start of a call of Cohere's are lost.

Case: wire-others::cohere-arguments-in-the-start
Class: A13
Wire: a tool-call-start with the first piece of the arguments, and the rest in a tool-call-delta
Made: the arguments are the rest alone
Matters: the arguments are not JSON, and the tool cannot be run
Thread: https://github.com/can1357/oh-my-pi/issues/8319
"""

from pydantic_ai.models.cohere import CohereModel
from pydantic_ai.providers.cohere import CohereProvider
from wire import says, sse
from wire_frameworks import streamed
from wire_llm import verdict


def call(kind, **said):
    return {"type": kind, "index": 0, "delta": {"message": {"tool_calls": said}}}


whose = {"id": "t1", "type": "function"}
first = {"name": "get_weather", "arguments": '{"city"'}
start = {"role": "assistant", "content": [], "tool_calls": [], "citations": []}
usage = {"tokens": {"input_tokens": 5, "output_tokens": 9}}
events = [
    {"type": "message-start", "id": "m1", "delta": {"message": start}},
    call("tool-call-start", **whose, function=first),
    call("tool-call-delta", function={"arguments": ': "Paris"}'}),
    {"type": "tool-call-end", "index": 0},
    {"type": "message-end", "delta": {"finish_reason": "TOOL_CALL", "usage": usage}},
]
model = CohereModel("command-a-03-2025", provider=CohereProvider(api_key="none"))
with says(sse(*events, names=True)):
    got = [used.args for used in streamed(model).tool_calls]
verdict('{"city" and : "Paris"}', got, got == [': "Paris"}'])
