"""pydantic-ai 2.68.0: what a tool of an MCP server gave does not go back to OpenAI.

Case: server-tools::beside-our-own
Class: C7
Wire: an mcp_call with its output, in a whole answer of the Responses API
Made: the output is in the NativeToolReturnPart; the next request has the item with `output: null`
Matters: on the next turn the model does not know what its tool found
Thread: no public thread known
Shows: server-tools::search-and-answer[openai-responses-stream], server-tools::search-and-answer[openai-responses-whole]
"""

from pydantic_ai import ModelRequest
from pydantic_ai.direct import model_request_sync
from pydantic_ai.models.openai import OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from wire import body, says
from wire_llm import verdict
from wire_payloads import said

used = {"type": "mcp_call", "id": "mcp_1", "name": "lookup", "server_label": "docs"}
used |= {"arguments": '{"query": "fog"}', "output": "18 degrees, fog"}
used |= {"error": None, "status": "completed", "approval_request_id": None}
answer = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m"}
answer |= {"status": "completed", "output": [used, said("Fog.")]}
model = OpenAIResponsesModel("gpt-5", provider=OpenAIProvider(api_key="none"))
history = [ModelRequest.user_text_prompt("Weather?")]
with says(body(answer)) as sent:
    for _ in range(2):
        history.append(model_request_sync(model, history))
        history.append(ModelRequest.user_text_prompt("And tomorrow?"))
items = [item for item in sent[1]["input"] if item.get("type") == "mcp_call"]
got = f"sent back: {[item.get('output') for item in items]}"
verdict("18 degrees, fog", got, [item.get("output") for item in items] == [None])
