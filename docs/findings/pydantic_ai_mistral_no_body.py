"""pydantic-ai 2.68.0: a status of Mistral's without a body, streamed, is ResponseNotRead.

Case: refusals::error-without-a-body
Class: F3
Wire: status 503 and an empty body, to a streamed request
Made: httpx's ResponseNotRead, from below Mistral's own library; not streamed it is a ModelUnavailableError with the status
Matters: nothing tells what the status was, and nobody who catches Pydantic AI's errors catches it
Thread: no public thread known
"""

from pydantic_ai.models.mistral import MistralModel
from pydantic_ai.providers.mistral import MistralProvider
from wire import body, says
from wire_frameworks import streamed
from wire_llm import raised, verdict

model = MistralModel("m", provider=MistralProvider(api_key="none"))
with says(body("", 503)):
    got = str(raised(lambda: streamed(model)))
verdict("status 503, no body", got[:80], got.startswith("ResponseNotRead"))
