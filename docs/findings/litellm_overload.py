"""litellm 1.110.2: an overload of Anthropic's has the status of a broken server.

Case: faults::error-event
Class: F3
Wire: an `error` event, overloaded_error, which Anthropic's documentation says stands for 529
Made: status_code 500; a status 529 that comes at once becomes 500 too
Matters: nobody can tell an overload, which passes, from an error of the server's
Thread: no public thread known
"""

from wire import says
from wire_frameworks import completed
from wire_llm import verdict
from wire_payloads import TEXT, block, message, words

error = {
    "type": "error",
    "error": {"type": "overloaded_error", "message": "Overloaded"},
}
begun = [*block(TEXT, words("Once"))][:2]
got = None
with says(message(*begun, error, ends=False)):
    try:
        for _ in completed("anthropic/claude-sonnet-4-5", stream=True):
            pass
    except Exception as raised:
        got = f"{type(raised).__name__}, status_code {raised.status_code}"
verdict("event: error, overloaded_error", got, "status_code 500" in str(got))
