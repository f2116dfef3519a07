"""langchain-openai 1.7.4: `function: null` in a delta raises AttributeError.

Case: wire-openai-chat::function-null
Class: A14
Wire: a tool call, then a delta of it with `function: null`
Made: AttributeError: 'NoneType' object has no attribute 'get'
Matters: hosts that send an empty last piece cannot be used
Thread: no public thread known
"""

from langchain_openai import ChatOpenAI
from wire import says
from wire_frameworks import added
from wire_llm import raised, verdict
from wire_payloads import call, chat

model = ChatOpenAI(model="gpt-4.1", api_key="none")
deltas = [{"tool_calls": [call('{"city": "Paris"}')]}]
deltas.append({"tool_calls": [{"index": 0, "function": None}]})
with says(chat(*deltas, finish="tool_calls")):
    got = raised(lambda: added(model))
verdict("a call, then function: null", got, "AttributeError" in str(got))
