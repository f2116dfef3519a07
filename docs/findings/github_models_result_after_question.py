"""llm-github-models 0.18.0: a new question is put between a call and its result.

Case: tools::question-with-the-results
Class: C4
Wire: nothing: it is the request with a question and the results of tools
Made: user, assistant with the call, user, tool
Matters: the API refuses a call that is not followed by its result; the conversation is stuck
Thread: https://github.com/simonw/llm/issues/1426
"""

from wire import says
from wire_llm import library, llm_of, tool, verdict
from wire_payloads import call, chat

model = llm_of("llm-github-models", "github/gpt-4o")

llm = library()
with says(
    chat({"tool_calls": [call('{"city": "Paris"}')]}, finish="tool_calls"),
    chat({"content": "Rain."}),
) as sent:
    talk = model.conversation(tools=[tool()])
    used = talk.prompt("Weather?").tool_calls()[0]
    result = llm.ToolResult(
        name=used.name, output="Rain", tool_call_id=used.tool_call_id
    )
    talk.prompt("And tomorrow?", tool_results=[result]).text()
got = [message["role"] for message in sent[1]["messages"]]
verdict("a call, its result, and a question", got, got.index("tool") != 2)
