"""llm-bedrock-anthropic 0.4.7: the system prompt is lost on the second turn.

Case: text::system-prompt
Class: C1
Wire: nothing: it is the requests of two turns
Made: a system prompt in the first, none in the second
Matters: rules that a caller sets are silently no longer in force
Thread: no public thread known
Shows: system::new-on-the-third-turn
"""

from wire import body, says
from wire_llm import llm_of, verdict

model = llm_of(
    "llm-bedrock-anthropic",
    "anthropic.claude-3-haiku-20240307-v1:0",
    AWS_ACCESS_KEY_ID="none",
    AWS_SECRET_ACCESS_KEY="none",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
)

counts = {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}
spoken = {"message": {"role": "assistant", "content": [{"text": "Arr."}]}}
with says(body({"output": spoken, "stopReason": "end_turn", "usage": counts})) as sent:
    talk = model.conversation()
    talk.prompt("Who are you?", system="You are a pirate.", stream=False).text()
    talk.prompt("And I?", stream=False).text()
got = ["pirate" in str(request) for request in sent]
verdict("two turns with a system prompt", f"sent: {got}", got == [True, False])
