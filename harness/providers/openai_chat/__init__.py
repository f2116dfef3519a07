"""OpenAI Chat Completions (https://platform.openai.com/docs/api-reference/chat).

Half the industry speaks it, each host a little differently. One decoder understands
all of them; a host is a value below, which says how it answers and what it takes, so
that an adapter can be tried against it. The facts are from recordings and from the
hosts' own pages and sources:
https://api-docs.deepseek.com, https://console.groq.com/docs/openai,
https://openrouter.ai/docs, https://docs.x.ai, https://docs.z.ai,
https://docs.together.ai, https://huggingface.co/docs/inference-providers,
https://huggingface.co/docs/text-generation-inference, https://docs.vllm.ai,
https://github.com/ggml-org/llama.cpp/tree/master/tools/server,
https://docs.snowflake.com/en/user-guide/snowflake-cortex,
https://learn.microsoft.com/azure/ai-foundry/openai,
https://docs.ollama.com/openai and https://docs.mistral.ai/api.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from harness.providers._aside import openai
from harness.providers._aside.openai import SUPERSET, insisting
from harness.providers._bearer import bearer
from harness.providers._ids import made_up
from harness.providers._provider import SSE, Provider, Server
from harness.providers.openai_chat.answer import decode, decode_error, decode_whole
from harness.providers.openai_chat.choice import OPENAI, Dialect
from harness.providers.openai_chat.limits import cannot_say
from harness.providers.openai_chat.reasoning import opaque
from harness.providers.openai_chat.request import encode, parse, path
from harness.providers.openai_chat.said import (
    completed,
    synthesise,
    synthesise_error,
    synthesise_whole,
    told,
    unasked,
)

CAPABILITIES = frozenset(
    {
        "async",
        "attachments",
        "conversation",
        "parallel_tool_calls",
        "reasoning",
        "schema",
        "server_side_tools",
        "streaming",
        "tools",
        "usage",
    }
)
"""What the wire has; a dialect says what its host ``lacks``."""

TEXT_ONLY = frozenset[str]()
PICTURES = frozenset({"image"})
EVERYTHING = frozenset({"image", "sound", "video", "file"})
"""What requests to some hosts carry beside text; to most it is all but video."""

WANTED = ("model", "messages")
"""What a request must have; of a server of one's own, which has one model, the rest."""

NO_TOOLS_OF_ITS_OWN = frozenset({"server_side_tools"})
PLAIN = NO_TOOLS_OF_ITS_OWN | {"attachments"}
"""What many hosts lack: tools they run themselves, pictures and sound they make."""


def host(
    dialect: Dialect,
    base_url: str,
    key_env: str = "",
    *,
    call_id: Callable[[int], str] | None = None,
    headers: Callable[[str | None], Mapping[str, str]] = bearer,
) -> Provider:
    """The provider that speaks a dialect; one without ``key_env`` needs no key."""
    lacks = dialect.lacks - ({"attachments"} if dialect.takes else set())
    return Provider(
        name=dialect.name,
        namespace=dialect.namespace,
        base_url=base_url,
        framing=SSE,
        capabilities=CAPABILITIES - lacks,
        decode=partial(decode, dialect=dialect),
        decode_whole=partial(decode_whole, dialect=dialect),
        decode_error=partial(decode_error, dialect=dialect),
        synthesise=partial(synthesise, dialect=dialect),
        synthesise_whole=partial(synthesise_whole, dialect=dialect),
        synthesise_error=partial(synthesise_error, dialect=dialect),
        encode=partial(encode, dialect=dialect),
        parse=partial(parse, dialect=dialect),
        path=path,
        headers=headers,
        call_id=call_id or _call_id,
        opaque=partial(opaque, dialect=dialect),
        cannot_say=partial(cannot_say, dialect=dialect),
        key_env=key_env,
        needs_key=bool(key_env),
        refusal=dialect.ours({"refusal": True}) if dialect.refuses else None,
        unasked=None if dialect.counts_unasked else unasked,
        server=_server(dialect, needs_model=bool(key_env)),
    )


def _server(dialect: Dialect, *, needs_model: bool) -> Server:
    """How such a host behaves."""
    more = {} if dialect is OPENAI else SUPERSET
    return Server(
        facts_of=partial(told, dialect=dialect),
        completed=partial(completed, dialect=dialect),
        several="n",
        objection=insisting(*WANTED[not needs_model :], ours=dialect.ours),
        asides=openai.asides(dialect.namespace, more),
    )


def _call_id(number: int) -> str:
    return made_up("call_", str(number), 24)


def _nine(number: int) -> str:
    """Mistral takes no other id than nine letters and digits."""
    return f"{number:09d}"


def _api_key(key: str | None) -> Mapping[str, str]:
    return {} if key is None else {"api-key": key}


PROVIDER = host(OPENAI, "https://api.openai.com/v1", "OPENAI_API_KEY")

AZURE = host(
    Dialect(
        "azure",
        "azure",
        refuses=True,
        silence=OPENAI.silence,
        fingerprints=True,
        opening={
            "id": "",
            "object": "",
            "created": 0,
            "model": "",
            "choices": [],
            "prompt_filter_results": [],
        },
        lacks=NO_TOOLS_OF_ITS_OWN,
    ),
    "https://RESOURCE.openai.azure.com/openai/v1",
    "AZURE_OPENAI_API_KEY",
    headers=_api_key,
)

DEEPSEEK = host(
    Dialect(
        "deepseek",
        "deepseek",
        counts="with",
        keep_alive="keep-alive",
        lacks=PLAIN | {"schema"},
        takes=TEXT_ONLY,
    ),
    "https://api.deepseek.com",
    "DEEPSEEK_API_KEY",
)

GROQ = host(
    Dialect(
        "groq",
        "groq",
        reasoning_field="reasoning",
        tells_runs=True,
        counts="x_groq",
        counts_unasked=True,
        whole_calls=True,
        states={"service_tier": "on_demand"},
        errors="event",
        lacks=frozenset({"attachments"}),
        takes=PICTURES,
    ),
    "https://api.groq.com/openai/v1",
    "GROQ_API_KEY",
)

HUGGINGFACE = host(
    Dialect(
        "huggingface",
        "huggingface",
        reasoning_field="reasoning",
        role_again=True,
        lacks=PLAIN,
        takes=PICTURES,
    ),
    "https://router.huggingface.co/v1",
    "HF_TOKEN",
)

LLAMA_CPP = host(
    Dialect(
        "llama-cpp",
        "llama-cpp",
        lacks=PLAIN,
        takes=frozenset({"image", "sound"}),
    ),
    "http://localhost:8080/v1",
)

MISTRAL = host(
    Dialect(
        "mistral",
        "mistral",
        reasoning_field="content",
        counts="with",
        counts_unasked=True,
        whole_calls=True,
        errors="bare",
        lacks=PLAIN,
        names_documents=True,
    ),
    "https://api.mistral.ai/v1",
    "MISTRAL_API_KEY",
    call_id=_nine,
)

OLLAMA_OPENAI = host(
    Dialect(
        "ollama",
        "ollama-openai",
        reasoning_field="reasoning",
        lacks=PLAIN,
        takes=PICTURES,
    ),
    "http://localhost:11434/v1",
)

OPENROUTER = host(
    Dialect(
        "openrouter",
        "openrouter",
        reasoning_field="reasoning",
        keeps_details=True,
        refuses=True,
        counts="again",
        role_again=True,
        keep_alive="OPENROUTER PROCESSING",
        states={"provider": "OpenAI"},
        errors="chunk",
        takes=EVERYTHING,
    ),
    "https://openrouter.ai/api/v1",
    "OPENROUTER_API_KEY",
)

SNOWFLAKE = host(
    Dialect(
        "snowflake",
        "snowflake",
        reasoning_field="reasoning",
        keeps_details=True,
        role_again=True,
        finishes=False,
        lacks=PLAIN,
        takes=PICTURES,
    ),
    "https://ACCOUNT.snowflakecomputing.com/api/v2/cortex/v1",
    "SNOWFLAKE_TOKEN",
)

TGI = host(
    Dialect(
        "tgi",
        "tgi",
        role_again=True,
        errors="text",
        lacks=PLAIN | {"parallel_tool_calls", "reasoning"},
        takes=PICTURES,
    ),
    "http://localhost:3000/v1",
)

TOGETHER = host(
    Dialect(
        "together",
        "together",
        reasoning_field="reasoning",
        counts="with",
        role_again=True,
        lacks=PLAIN,
        takes=PICTURES,
    ),
    "https://api.together.xyz/v1",
    "TOGETHER_API_KEY",
)

VLLM = host(
    Dialect(
        "vllm",
        "vllm",
        reasoning_field="reasoning",
        refuses=True,
        lacks=PLAIN,
        takes=EVERYTHING,
    ),
    "http://localhost:8000/v1",
)

XAI = host(
    Dialect(
        "xai",
        "xai",
        whole_calls=True,
        lacks=PLAIN,
        takes=PICTURES,
    ),
    "https://api.x.ai/v1",
    "XAI_API_KEY",
)

ZAI = host(
    Dialect(
        "zai",
        "zai",
        counts="with",
        role_again=True,
        lacks=frozenset({"attachments"}),
        takes=PICTURES,
    ),
    "https://api.z.ai/api/paas/v4",
    "ZAI_API_KEY",
)
