"""Models of llm that find nobody's keys, and what a script prints of them."""

import json
import os
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from wire import LISTED, body, says

HOME = tempfile.TemporaryDirectory(prefix="findings-")
KEYS = (
    "anthropic claude cerebras cloudflare cohere deepseek fireworks gemini github grok "
    "groq inception lmstudio meta-ai mistral moonshot ollama openai openrouter perplexity "
    "sambanova together xai zai"
)


def llm_of(plugin, model, **environment):
    """A model of llm, with one plugin (``""``: what comes with llm itself)."""
    os.environ.update(LLM_LOAD_PLUGINS=plugin, LLM_USER_PATH=HOME.name, **environment)
    keys = dict.fromkeys(KEYS.split(), "none")
    (Path(HOME.name) / "keys.json").write_text(json.dumps(keys))
    listed = json.dumps({"data": LISTED})
    (Path(HOME.name) / "mistral_models.json").write_text(listed)
    with says(body({})), redirect_stdout(sys.stderr):
        import llm

        return llm.get_model(model)


def library():
    """llm itself, once ``llm_of`` has said which plugins it loads."""
    import llm

    return llm


def tool(name="get_weather", **properties):
    """A tool of llm that gives back what it was called with."""
    asked = properties or {"city": {"type": "string"}}
    schema = {"type": "object", "properties": asked}
    said = "Weather in a city."
    return library().Tool(name, said, schema, lambda **given: json.dumps(given))


def drawn():
    """A history in which a tool gave words and an image."""
    llm = library()
    image = llm.Attachment(type="image/png", content=b"\x89PNG\r\n\x1a\n")
    ids = {"name": "get_weather", "tool_call_id": "call_1"}
    used = llm.parts.ToolCallPart(arguments={}, **ids)
    output = llm.parts.ToolResultPart(output="Drawn.", attachments=[image], **ids)
    return [llm.user("Draw."), llm.assistant(used), llm.tool_message(output)]


def parts(response):
    """What a response of llm holds, as plain data, without ids and metadata."""
    kept = ("type", "text", "name", "arguments", "redacted", "output")
    said = [part.to_dict() for message in response.messages() for part in message.parts]
    return [{k: v for k, v in part.items() if k in kept} for part in said]


def raised(call):
    """What a call raised, in words, or ``None``."""
    try:
        with redirect_stdout(sys.stderr):
            call()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return None


def verdict(wire, got, there):
    """Print both sides, and end with 0 where the defect is there."""
    print("wire:", wire)
    print("got: ", got)
    sys.exit(0 if there else 1)
