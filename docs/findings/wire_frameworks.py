"""Frameworks that are asked once, without keys, and what their streams add up to."""

import json
import os
from functools import reduce
from operator import add

from wire import sse
from wire_payloads import gemini

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # prices from disk, not from afar


def added(model, asked="Hi"):
    """The message that the chunks of a model of LangChain add up to."""
    return reduce(add, model.stream(asked))


def streamed(model, asked="Hi"):
    """The response of a model of Pydantic AI, after all of its stream."""
    from pydantic_ai import ModelRequest
    from pydantic_ai.direct import model_request_stream_sync

    messages = [ModelRequest.user_text_prompt(asked)]
    with model_request_stream_sync(model, messages) as stream:
        for _ in stream:
            pass
        return stream.response


def completed(model, *messages, **more):
    """What LiteLLM gives for messages, or for a greeting."""
    import litellm

    litellm.suppress_debug_info = True
    asked = [*messages] or [{"role": "user", "content": "Hi"}]
    once = {"api_key": "none", "num_retries": 0, "max_retries": 0}
    return litellm.completion(model, asked, **once, **more)


def gemini_sse(*lists, **more):
    """A stream of Gemini's wire as events, which Google's own library asks for."""
    return sse(*json.loads(gemini(*lists, **more)[2]))
