"""litellm 1.110.2: thoughts between calls are put before the calls.

Case: reasoning::order-of-thoughts-and-calls
Class: A11
Wire: thinking, tool_use, thinking, tool_use, as Anthropic's interleaved thinking gives them
Made: both thoughts, then both calls, in the next request
Matters: Anthropic asks for the blocks of a tool loop back as they were, and is reported to refuse them in another order
Thread: https://github.com/BerriAI/litellm/issues/23047
Shows: wire-openai-responses::thoughts-in-order-with-calls
"""

from wire import body, says
from wire_frameworks import completed
from wire_llm import verdict


def thought(text, signature):
    return {"type": "thinking", "thinking": text, "signature": signature}


def call(id, city):
    used = {"type": "tool_use", "id": id, "name": "get_weather"}
    return used | {"input": {"city": city}}


said = [thought("Paris first.", "c2lnLTE="), call("toolu_1", "Paris")]
said += [thought("Then Rome.", "c2lnLTI="), call("toolu_2", "Rome")]
answer = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
answer |= {"content": said, "stop_reason": "tool_use", "stop_sequence": None}
answer |= {"usage": {"input_tokens": 9, "output_tokens": 9}}
tool = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}
asked = {"tools": [tool], "thinking": {"type": "enabled", "budget_tokens": 1024}}
history = [{"role": "user", "content": "Paris and Rome?"}]
with says(body(answer)) as sent:
    for _ in range(2):
        reply = completed("anthropic/claude-sonnet-4-5", *history, **asked)
        history.append(reply.choices[0].message)
        for used in history[-1].tool_calls:
            ids = {"role": "tool", "tool_call_id": used.id}
            history.append(ids | {"content": "Rain."})
got = [block["type"] for block in sent[1]["messages"][1]["content"]]
there = got == ["thinking", "thinking", "tool_use", "tool_use"]
verdict("thinking, tool_use, thinking, tool_use", f"sent back: {got}", there)
