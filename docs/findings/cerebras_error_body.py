"""llm-cerebras 0.1.8: not streamed, what an HTTP error said is lost.

Case: refusals::unauthorised
Class: F3
Wire: status 401 and `invalid api key` in the body
Made: HTTPStatusError with the status and a link to MDN
Matters: nobody learns what the provider said
Thread: no public thread known
"""

from wire import body, says
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-cerebras", "cerebras-acme")

with says(body({"error": {"message": "invalid api key"}}, 401)):
    got = raised(model.prompt("Hi", key="none", stream=False).text)
verdict(
    "401, invalid api key",
    str(got).split(" for url")[0],
    "invalid api key" not in str(got),
)
