"""anthropic 2.14.0: the input of a call that was cut off is empty.

Case: tools::truncated-call
Class: A9
Wire: a tool_use whose JSON stops at `{"city": "Pa`, stop_reason max_tokens
Made: the final message has the input `{}`
Matters: a call that was never finished looks like one without arguments; tools that need none run
Thread: https://github.com/pydantic/pydantic-ai/issues/3118
"""

import anthropic
from wire import TOOL_USE, block, json_piece, message, says, verdict

client = anthropic.Anthropic(api_key="none", max_retries=0)
asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
used = block(TOOL_USE, json_piece('{"city": "Pa'))
with (
    says(message(*used, stop="max_tokens")),
    client.beta.messages.stream(**asked) as stream,
):
    got = stream.get_final_message().content[0].input
verdict('{"city": "Pa, then max_tokens', got, got == {})
