"""langchain-google-genai 4.4.3: a recursive schema ends in strings.

Case: schema::references-in-a-tool
Class: D3
Wire: nothing: it is the request
Made: `{"$ref": "#"}` is unfolded once, and is `{"type": "STRING"}` below that
Matters: the model is told to put text where an object belongs; Gemini takes the schema as it is in parametersJsonSchema
Thread: https://github.com/simonw/llm-gemini/issues/109
"""

from langchain_google_genai import ChatGoogleGenerativeAI
from wire import says
from wire_frameworks import added, gemini_sse
from wire_llm import verdict

children = {"type": "array", "items": {"$ref": "#"}}
tree = {"type": "object", "properties": {"children": children}}
tool = {"name": "plant", "description": "Plant a tree.", "parameters": tree}
model = ChatGoogleGenerativeAI(model="gemini-2.5-flash", api_key="none")
with says(gemini_sse([{"text": "No."}])) as sent:
    added(model.bind_tools([tool]))
declared = sent[0]["tools"][0]["functionDeclarations"][0]["parameters"]
once = declared["properties"]["children"]["items"]
got = once["properties"]["children"]["items"] if "properties" in once else once
verdict('items: {"$ref": "#"}', declared, got == {"type": "STRING"})
