"""llm-openai-plugin 0.7: a question that comes with results is put before them.

Case: tools::question-with-the-results
Class: C4
Wire: nothing: it is the request after a tool ran
Made: the function_call, the question, and then the function_call_output
Matters: the model reads the question as asked before the result that it is about
Thread: https://github.com/simonw/llm-anthropic/issues/68
"""

from wire import says
from wire_llm import library, llm_of, tool, verdict
from wire_payloads import responses, said

model = llm_of("llm-openai-plugin", "openai/gpt-4o")
called = {"type": "function_call", "id": "fc_1", "call_id": "call_1"}
called |= {"name": "get_weather", "arguments": '{"city": "Paris"}'}
with says(responses(called | {"status": "completed"}), responses(said("No."))) as sent:
    talk = model.conversation(tools=[tool()])
    talk.prompt("Weather?", key="none").text()
    ids = {"name": "get_weather", "tool_call_id": "call_1"}
    results = [library().ToolResult(output="rain", **ids)]
    talk.prompt("Is that good?", tool_results=results, key="none").text()
got = [item.get("type", item.get("content")) for item in sent[1]["input"]]
wrong = ["Weather?", "function_call", "Is that good?", "function_call_output"]
verdict("a call, its result and a question", got, got == wrong)
