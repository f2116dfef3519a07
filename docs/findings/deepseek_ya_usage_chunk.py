"""llm-deepseek-ya 3.0.0: the chunk of counts that it asks for raises IndexError.

Case: wire-openai-chat-ends::usage-without-choices
Class: F7
Wire: words, then a chunk with `choices: []` and usage
Made: IndexError after the answer was there
Matters: no streamed answer of any server that does what it is asked can be read
Thread: https://github.com/Portkey-AI/gateway/issues/1629
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import chat

model = llm_of("llm-deepseek-ya", "deepseek-chat")
with says(chat({"content": "Hello."})):
    got = raised(lambda: model.prompt("Hi", key="none").text())
verdict("Hello., then choices: []", got, "IndexError" in str(got))
