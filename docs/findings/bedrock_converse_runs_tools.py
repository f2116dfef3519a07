"""llm-bedrock-converse 0.1.0: tools run inside execute(), unseen by llm.

Case: tools::one-call
Class: A15
Wire: an answer that is a toolUse
Made: the plugin runs the tool and asks again by itself; tool_calls() is empty
Matters: hooks, limits and confirmation of tool calls, which llm has, are gone round
Thread: no public thread known
Shows: tools::*, schema::references-in-a-tool, system::with-a-tools-result, wire-others::bedrock-empty-input
"""

from wire import body, says
from wire_llm import llm_of, raised, tool, verdict

model = llm_of(
    "llm-bedrock-converse",
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    AWS_ACCESS_KEY_ID="none",
    AWS_SECRET_ACCESS_KEY="none",
    AWS_DEFAULT_REGION="us-east-1",
)
used = {
    "toolUse": {"toolUseId": "t1", "name": "get_weather", "input": {"city": "Paris"}}
}
counts = {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}


def answer(content, why):
    message = {"message": {"role": "assistant", "content": [content]}}
    return body({"output": message, "stopReason": why, "usage": counts})


with says(answer(used, "tool_use"), answer({"text": "Rain."}, "end_turn")) as sent:
    response = model.prompt("Weather?", tools=[tool()], stream=False)
    raised(response.text)
got = f"{len(sent)} requests for one prompt, tool_calls() {response.tool_calls()}"
verdict("a toolUse", got, len(sent) > 1)
