"""llm-gemini 0.35: a recursive schema loses its recursion.

Case: schema::references-in-a-tool
Class: D3
Wire: nothing: it is the request
Made: `{"$ref": "#"}` becomes `{}`: anything is allowed there
Matters: what the model may fill in is not what the tool declares; Gemini takes the schema as it is in parametersJsonSchema
Thread: https://github.com/simonw/llm-gemini/issues/109
Shows: schema::schema-with-references
"""

from wire import says
from wire_llm import library, llm_of, verdict
from wire_payloads import gemini

model = llm_of("llm-gemini", "gemini-2.5-flash")
llm = library()
kind = {"type": "string", "enum": ["oak", "elm"]}
children = {"type": "array", "items": {"$ref": "#"}}
held = {"kind": {"$ref": "#/$defs/Kind"}, "children": children}
tree = {"type": "object", "properties": held, "$defs": {"Kind": kind}}
tool = llm.Tool("plant", "Plant a tree.", tree, lambda **given: "")
with says(gemini([{"text": "No."}])) as sent:
    model.prompt("Hi", key="none", tools=[tool]).text()
declared = sent[0]["tools"][0]["functionDeclarations"][0]
verdict('items: {"$ref": "#"}', declared, "$ref" not in str(declared))
