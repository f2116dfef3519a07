"""llm-lmstudio 0.3.1: an image that a tool gave is not sent.

Case: attachments::image-in-a-result
Class: C8
Wire: nothing: it is the request
Made: the tool message has the words alone
Matters: the model is asked about a picture that it never sees
Thread: no public thread known
"""

from wire import says
from wire_llm import drawn, llm_of, verdict
from wire_payloads import chat

model = llm_of("llm-lmstudio", "lmstudio/acme")
with says(chat({"content": "Nice."})) as sent:
    model.prompt(messages=drawn()).text()
got = sent[0]["messages"]
verdict("a result with an image", got[-1], "image" not in str(got))
