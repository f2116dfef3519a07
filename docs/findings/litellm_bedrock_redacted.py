"""litellm 1.110.2: a sealed thought of Bedrock's goes back encoded twice.

Case: echo::bedrock-seals-a-thought
Class: B3
Wire: a reasoningContent block with redactedContent, base64 as JSON has it
Made: the next request has the base64 of that base64
Matters: what must go back as it was is not what was sent
Thread: no public thread known
"""

from wire import body, says
from wire_frameworks import completed
from wire_llm import verdict

sealed = {"reasoningContent": {"redactedContent": "c2VhbGVk"}}
said = {"role": "assistant", "content": [sealed, {"text": "Rain."}]}
answer = {"output": {"message": said}, "stopReason": "end_turn"}
answer |= {"usage": {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}}
aws = {"aws_region_name": "us-east-1", "aws_access_key_id": "none"}
aws |= {"aws_secret_access_key": "none"}
model = "bedrock/converse/anthropic.claude-sonnet-4-5-20250929-v1:0"
history = [{"role": "user", "content": "Paris?"}]
with says(body(answer)) as sent:
    reply = completed(model, *history, **aws).choices[0].message
    completed(model, *history, reply, {"role": "user", "content": "And?"}, **aws)
got = sent[1]["messages"][1]["content"][0]
verdict(sealed, f"sent back: {got}", "YzJWaGJHVms=" in str(got))
