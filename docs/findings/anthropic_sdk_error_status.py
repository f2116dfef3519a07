"""anthropic 2.14.0: an overloaded_error in a stream has the status 200.

Case: faults::error-event
Class: F1
Wire: an `error` event, overloaded_error, in a stream that began with 200
Made: APIStatusError with status_code 200
Matters: who tries again on 5xx, as is usual, does not; the same error before the stream is 529
Thread: no public thread known
Also: llm-anthropic 0.30, llm-minimax 0.1, langchain-anthropic 1.7.10
"""

import anthropic
from wire import says
from wire_llm import verdict
from wire_payloads import TEXT, block, message, words

error = {
    "type": "error",
    "error": {"type": "overloaded_error", "message": "Overloaded"},
}
begun = [*block(TEXT, words("Once"))][:2]
client = anthropic.Anthropic(api_key="none", max_retries=0)
asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
got = None
with says(message(*begun, error, ends=False)):
    try:
        with client.messages.stream(**asked) as stream:
            stream.until_done()
    except anthropic.APIStatusError as raised:
        got = f"{type(raised).__name__}, status_code {raised.status_code}"
verdict("event: error, overloaded_error", got, "200" in str(got))
