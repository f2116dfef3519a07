"""google-genai 3.6.1: a comment in a stream of events breaks it.

Case: text::beyond-ascii
Class: F2
Wire: `: keep-alive` between two events, which the format allows
Made: UnknownApiResponseError, and no words
Matters: proxies and load balancers send comments to keep connections open
Thread: no public thread known
Also: langchain-google-genai 4.4.3
"""

import json

from google import genai
from wire import body, says
from wire_llm import raised, verdict
from wire_payloads import gemini

client = genai.Client(api_key="none")
answers = json.loads(gemini([{"text": "Rain "}], [{"text": "soon."}])[2])
events = "".join(
    f": keep-alive\n\ndata: {json.dumps(answer)}\n\n" for answer in answers
)
heard = []


def ask():
    asked = {"model": "gemini-2.5-flash", "contents": "Weather?"}
    heard.extend(c.text for c in client.models.generate_content_stream(**asked))


with says(body(events, kind="text/event-stream")):
    failed = raised(ask)
got = f"{heard}, raised {failed}"
verdict("Rain soon., with comments", got, "".join(map(str, heard)) != "Rain soon.")
