"""llm-cerebras 0.1.8: of a schema only the names at the top are sent.

Case: schema::schema-with-the-prompt
Class: D3
Wire: nothing: it is the request
Made: response_format json_object and a text that names `dogs: array`, and nothing of what a dog is
Matters: what a schema says of items, choices and nested objects is never asked for
Thread: no public thread known
Shows: schema::schema-with-references, llama-cpp::structured-output
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import chat_whole

model = llm_of("llm-cerebras", "cerebras-acme")

dog = {"type": "object", "properties": {"breed": {"type": "string"}}}
schema = {"type": "object", "properties": {"dogs": {"type": "array", "items": dog}}}
with says(chat_whole({"content": "{}"})) as sent:
    model.prompt("Dogs", schema=schema, key="none", stream=False).text()
got = f"response_format {sent[0]['response_format']}, breed sent: {'breed' in str(sent[0])}"
verdict("a schema of dogs with a breed", got, "breed" not in str(sent[0]))
