"""llm-lmstudio 0.3.1: what an HTTP error said is lost.

Case: refusals::unauthorised
Class: F3
Wire: status 401 and `invalid api key` in the body
Made: ModelError: LM Studio request failed: 401 Client Error, without the message
Matters: nobody learns what the server said
Thread: no public thread known
"""

from wire import body, says
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-lmstudio", "lmstudio/acme")
with says(body({"error": {"message": "invalid api key"}}, 401)):
    got = raised(model.prompt("Hi").text)
verdict(
    "401, invalid api key",
    str(got).split(" for url")[0],
    "401" in str(got) and "invalid api key" not in str(got),
)
