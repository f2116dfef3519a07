"""llm 0.36, Responses models: thoughts and calls go back in another order.

Case: wire-openai-responses::thoughts-in-order-with-calls
Class: B9
Wire: reasoning, call, reasoning, call
Made: the next request has both reasoning items before both calls
Matters: the API refuses a reasoning item without the item that followed it; the conversation is stuck
Thread: https://github.com/vercel/ai/issues/8379
"""

from wire import says
from wire_llm import llm_of, tool, verdict
from wire_payloads import responses, said

model = llm_of("", "gpt-5-mini")


def thought(number):
    summary = [{"type": "summary_text", "text": f"Thought {number}."}]
    sealed = {"encrypted_content": f"sealed-{number}", "summary": summary}
    return {"type": "reasoning", "id": f"rs_{number}", **sealed}


def used(number):
    shared = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
    ids = {"id": f"fc_{number}", "call_id": f"call_{number}", "status": "completed"}
    return {"type": "function_call", **ids, **shared}


items = (thought(1), used(1), thought(2), used(2))
with says(responses(*items), responses(said("Rain."))) as sent:
    model.conversation(tools=[tool()]).chain("Weather?", key="none").text()
got = [
    i["id"] if "id" in i else i["call_id"]
    for i in sent[1]["input"]
    if i.get("type") in ("reasoning", "function_call")
]
verdict("rs_1, call_1, rs_2, call_2", got, got != ["rs_1", "call_1", "rs_2", "call_2"])
