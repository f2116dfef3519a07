"""langchain-core 1.8.3: a streamed call that was cut off is a valid one with half of its arguments.

Case: tools::truncated-call
Class: A9
Wire: arguments that stop at `{"path": "/home/me`, finish_reason length
Made: tool_calls has `{"path": "/home/me"}`, invalid_tool_calls is empty; not streamed it is the other way round
Matters: a tool is run on the home folder, where the model was still writing a path below it
Thread: https://github.com/langchain-ai/langchain/issues/39275
Also: langchain-openai 1.7.4, langchain-anthropic 1.7.10
Shows: wire-anthropic::cut-off-call-is-not-run
"""

from langchain_openai import ChatOpenAI
from wire import says
from wire_frameworks import added
from wire_llm import verdict
from wire_payloads import call, chat

cut = call('{"path": "/home/me', "delete_files")
with says(chat({"tool_calls": [cut]}, finish="length")):
    message = added(ChatOpenAI(model="gpt-4.1", api_key="none"))
valid = [call["args"] for call in message.tool_calls]
got = f"tool_calls {valid}, invalid_tool_calls {message.invalid_tool_calls}"
verdict('{"path": "/home/me, then length', got, valid == [{"path": "/home/me"}])
