"""llm-perplexity 2026.9.1: what an error in the stream said is lost.

Case: refusals::fails-mid-stream
Class: F1
Wire: words, then an `error` event: Overloaded
Made: ModelError: Perplexity ended the stream without a final response
Matters: nobody learns why, nor whether to try again
Thread: no public thread known
"""

from wire import says, sse
from wire_llm import llm_of, raised, verdict
from wire_payloads import responses, said

model = llm_of("llm-perplexity", "sonar")

stream = responses(said("Once"), ends=False)[2]
error = {
    "type": "error",
    "code": "overloaded",
    "message": "Overloaded",
    "param": None,
    "sequence_number": 9,
}
with says((200, "text/event-stream", stream + sse(error, names=True)[2])):
    got = raised(model.prompt("A story", key="none").text)
verdict("Once, then the error Overloaded", got, "Overloaded" not in str(got))
