"""litellm 1.110.2: references in a schema are rewritten, recursive ones to what is not there.

Case: schema::schema-with-references
Class: D3
Wire: nothing: it is the request
Made: for Anthropic `{"$ref": "#"}` becomes `#/$defs/#`, and `$defs` are left out; a recursive definition is written out once, and the reference in it is left
Matters: Anthropic is sent a schema that refers to nothing, though its API takes references
Thread: no public thread known
"""

from wire import body, says
from wire_frameworks import completed
from wire_llm import raised, verdict

several = {"type": "array", "items": {"$ref": "#"}}
tree = {"type": "object", "properties": {"children": several}}
asked = {"type": "json_schema", "json_schema": {"name": "answer", "schema": tree}}
with says(body({})) as sent:
    raised(lambda: completed("anthropic/claude-sonnet-4-5", response_format=asked))
schema = sent[0]["output_format"]["schema"]
got = f"{schema['properties']['children']['items']}, $defs: {schema.get('$defs')}"
there = "#/$defs/#" in got and "$defs" not in schema
verdict('items: {"$ref": "#"}', got, there)
