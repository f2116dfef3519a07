"""llm-gemini 0.35: an HTTP error is IndexError.

Case: refusals::unauthorised
Class: F3
Wire: status 400 and an error object, as for a wrong key
Made: IndexError: list index out of range; the message of the provider and the status are gone
Matters: who mistypes a key is told nothing of it
Thread: no public thread known
Shows: refusals::rate-limited, refusals::error-of-another-shape, refusals::error-without-a-body
"""

from wire import body, says
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-gemini", "gemini-2.5-flash")
error = {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}
with says(body({"error": error}, 400)):
    got = raised(lambda: model.prompt("Hi", key="none").text())
verdict("400, API key not valid.", got, "IndexError" in str(got))
