"""llm-mistral 0.16: parallel calls become one whose JSON breaks.

Case: tools::parallel-calls
Class: A4
Wire: two whole tool calls in one answer, without an index, as Mistral sends them
Made: ModelError: Invalid JSON arguments: both were joined
Matters: parallel calls, which Mistral models make unasked, end the conversation
Thread: https://github.com/comet-ml/opik/issues/8362
Shows: reasoning::think-then-call-twice, tools::same-call-twice, wire-openai-chat::calls-without-an-index
"""

from wire import says
from wire_llm import llm_of, parts, raised, tool, verdict
from wire_payloads import call, chat_whole

model = llm_of("llm-mistral", "mistral/acme")
calls = [
    call('{"city": "Paris"}', id="aaaaaaaaa"),
    call('{"city": "Rome"}', id="bbbbbbbbb"),
]
for one in calls:
    del one["index"]
with says(chat_whole({"content": "", "tool_calls": calls}, "tool_calls")):
    got = raised(
        lambda: parts(model.prompt("Hi", key="none", tools=[tool()], stream=False))
    )
verdict("calls of Paris and Rome", got, "Invalid JSON arguments" in str(got))
