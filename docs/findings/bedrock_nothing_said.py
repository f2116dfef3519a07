"""llm-bedrock 0.4: not streamed, an answer without words raises IndexError.

Case: text::nothing-said
Class: F8
Wire: a message with `content: []`, end_turn
Made: IndexError: list index out of range
Matters: an empty answer, as a stop sequence gives it, is an error that says nothing
Thread: no public thread known
"""

from wire import body, says
from wire_llm import llm_of, raised, verdict

model = llm_of(
    "llm-bedrock",
    "us.amazon.nova-micro-v1:0",
    AWS_ACCESS_KEY_ID="none",
    AWS_SECRET_ACCESS_KEY="none",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
)

counts = {"inputTokens": 5, "outputTokens": 0, "totalTokens": 5}
empty = {"message": {"role": "assistant", "content": []}}
with says(body({"output": empty, "stopReason": "end_turn", "usage": counts})):
    got = raised(model.prompt("Hi", stream=False, key="a:b").text)
verdict("content: []", got, "IndexError" in str(got))
