"""llm 0.36, Responses models: an image that a tool gave is not sent.

Case: attachments::image-in-a-result
Class: C8
Wire: nothing: it is the request
Made: the function_call_output has the words alone
Matters: the model answers about a picture that it never saw
Thread: no public thread known
"""

from wire import says
from wire_llm import drawn, llm_of, verdict
from wire_payloads import responses, said

model = llm_of("", "gpt-5-mini")

with says(responses(said("A dot."))) as sent:
    model.prompt(messages=drawn(), key="none").text()
got = sent[0]["input"][-1]
verdict("a result with an image", got, "image" not in str(got))
