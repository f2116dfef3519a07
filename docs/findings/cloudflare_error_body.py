"""llm-cloudflare 0.5.6: what an HTTP error said is lost.

Case: refusals::unauthorised
Class: F3
Wire: status 401 and `invalid api key` in the body
Made: ModelError: API error (status code: 401), without the message
Matters: nobody learns what the provider said
Thread: no public thread known
"""

from wire import body, says
from wire_llm import llm_of, raised, verdict

model = llm_of(
    "llm-cloudflare",
    "@cf/meta/llama-3-8b-instruct",
    CLOUDFLARE_ACCOUNT_ID="0" * 32,
    CLOUDFLARE_API_TOKEN="none",
)
refused = {"success": False, "errors": [{"code": 10000, "message": "invalid api key"}]}
with says(body(refused, 401)):
    got = raised(model.prompt("Hi", key="none").text)
verdict("401, invalid api key", got, "invalid api key" not in str(got))
