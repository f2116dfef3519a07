"""litellm 1.110.2: an error in a stream of Groq's is a ValueError about a number.

Case: wire-openai-chat-ends::error-instead-of-a-chunk
Class: F3
Wire: words, then `event: error` with the code `tool_use_failed`, as Groq was recorded to send it
Made: ValueError: invalid literal for int()
Matters: it is none of LiteLLM's exceptions, so nothing catches it, and what Groq said of the cause is gone
Thread: https://github.com/BerriAI/litellm/issues/40566
Shows: refusals::fails-mid-stream[groq-stream], refusals::fails-mid-stream[openrouter-stream]
"""

from wire import says
from wire_frameworks import completed
from wire_llm import raised, verdict
from wire_payloads import chat

status, kind, begun = chat({"content": "Well"}, finish=None, usage=False, done=False)
error = (
    b'event: error\ndata: {"error": {"message": "Tool call validation failed", '
    b'"type": "invalid_request_error", "code": "tool_use_failed", "status_code": 400}}\n\n'
)
with says((status, kind, begun + error)):
    got = raised(lambda: [*completed("groq/openai/gpt-oss-120b", stream=True)])
verdict("Well, then tool_use_failed", got, str(got).startswith("ValueError"))
