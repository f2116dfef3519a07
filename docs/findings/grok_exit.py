"""llm-grok 1.4.2: an HTTP error ends the whole program.

Case: refusals::unauthorised
Class: F3
Wire: status 401 and an error object
Made: SystemExit: the process is gone, with whatever else it did
Matters: a library that calls sys.exit takes servers and notebooks down
Thread: no public thread known
"""

from wire import body, says
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-grok", "grok-4-latest")
with says(body({"error": "invalid api key"}, 401)):
    got = raised(lambda: model.prompt("Hi", key="none").text())
verdict("401, invalid api key", got, "SystemExit" in str(got))
