"""anthropic 2.14.0: a call that was cut off has the input that was complete.

Case: tools::truncated-call
Class: A9
Wire: a tool_use whose JSON stops at `{"path": "/", "force": true, "only": "*.t`, stop_reason max_tokens
Made: the final message has the input `{"path": "/", "force": true}`, as if it were whole
Matters: a call that was never finished looks like a finished one, and is run without what would have narrowed it
Thread: https://github.com/pydantic/pydantic-ai/issues/3118
Shows: wire-anthropic::cut-off-call-is-not-run
"""

import anthropic
from wire import says
from wire_llm import verdict
from wire_payloads import TOOL_USE, block, json_piece, message

client = anthropic.Anthropic(api_key="none", max_retries=0)
asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
used = block(TOOL_USE, json_piece('{"path": "/", "force": true, "only": "*.t'))
with (
    says(message(*used, stop="max_tokens")),
    client.beta.messages.stream(**asked) as stream,
):
    got = stream.get_final_message().content[0].input
verdict(
    '{"path": "/", "force": true, "only": "*.t, then max_tokens', got, "path" in got
)
