"""A provider on this machine that says what a script tells it, for any client.

Nothing but the standard library: ``says(...)`` starts a server and leads httpx, httpx2,
urllib3 and requests to it, whatever host they ask. ``llm_of(plugin, model)`` gives a model
of llm that finds nobody's keys.
"""

import json
import os
import sys
import tempfile
import threading
from contextlib import contextmanager, redirect_stdout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="findings-"))
KEYS = "anthropic claude cerebras deepseek gemini github grok groq inception mistral moonshot"
KEYS += (
    " ollama openai openrouter perplexity xai lmstudio fireworks sambanova cloudflare"
)


MODELS = ("acme", "mercury", "deepseek-chat")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    answers = ()
    bodies = ()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        if self.path.endswith("/api/show"):  # Ollama's, of one model
            self.rfile.read(int(self.headers.get("content-length") or 0))
            able = {
                "capabilities": ["completion", "tools", "thinking"],
                "model_info": {},
            }
            return self.answer(200, "application/json", json.dumps(able).encode())
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.bodies.append(json.loads(body or b"null"))
        last = len(self.server.answers) - 1
        self.answer(*self.server.answers[min(len(self.server.bodies) - 1, last)])

    def do_GET(self):  # which models there are
        shared = {
            "type": "vlm",
            "state": "loaded",
            "capabilities": {"completion_chat": True},
        }
        listed = [{"id": name, **shared} for name in MODELS]
        tags = [{"name": "acme", "model": "acme", "digest": "0" * 64, "details": {}}]
        said = {"object": "list", "data": listed, "models": tags}
        if self.path.endswith("/acme"):  # LM Studio's, of one model
            said = listed[0]
        self.answer(200, "application/json", json.dumps(said).encode())

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def sse(*payloads, names=False):
    """A stream of server-sent events; text goes as it is."""
    frames = []
    for payload in payloads:
        name = f"event: {payload['type']}\n" if names else ""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        frames.append(f"{name}data: {text}\n\n")
    return 200, "text/event-stream", "".join(frames).encode()


def body(payload, status=200, kind="application/json"):
    """One answer; text goes as it is."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return status, kind, text.encode()


def chat(*deltas, finish="stop", usage=True, done=True):
    """A stream of OpenAI's chat wire: one chunk a delta."""
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    if finish:
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage:
        counts = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
        chunks.append({"choices": [], "usage": counts})
    shared = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return sse(*(shared | chunk for chunk in chunks), *(["[DONE]"] if done else []))


def chat_whole(message, finish="stop", **more):
    """The same, not streamed."""
    counts = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    shared = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m"}
    choice = {
        "index": 0,
        "message": {"role": "assistant", **message},
        "finish_reason": finish,
    }
    return body(shared | {"choices": [choice], "usage": counts} | more)


def call(arguments, name="get_weather", index=0, **more):
    """A tool call of a chat delta, whole."""
    function = {"name": name, "arguments": arguments}
    return {
        "index": index,
        "id": f"call_{name}",
        "type": "function",
        "function": function,
    } | more


def message(*events, stop="end_turn", ends=True):
    """A stream of Anthropic's wire: its events between the first and the last."""
    start = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
    }
    start |= {"stop_reason": None, "stop_sequence": None}
    start |= {"usage": {"input_tokens": 5, "output_tokens": 1}}
    last = {"stop_reason": stop, "stop_sequence": None}
    ending = [
        {"type": "message_delta", "delta": last, "usage": {"output_tokens": 7}},
        {"type": "message_stop"},
    ]
    first = {"type": "message_start", "message": start}
    return sse(first, *events, *(ending if ends else []), names=True)


def block(start, *deltas, index=0):
    """A block of that: its start, its deltas and its stop."""
    yield {"type": "content_block_start", "index": index, "content_block": start}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


TEXT = {"type": "text", "text": ""}
TOOL_USE = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}


def words(text):
    """A delta of text."""
    return {"type": "text_delta", "text": text}


def json_piece(text):
    """A delta of a call's input."""
    return {"type": "input_json_delta", "partial_json": text}


def gemini(*lists, finish="STOP", version="gemini-2.5-flash", **more):
    """A stream of Gemini's wire: an array of answers, one a list of parts."""
    answers = []
    for number, listed in enumerate(lists, 1):
        candidate = {"content": {"role": "model", "parts": listed}, "index": 0}
        if number == len(lists):
            candidate["finishReason"] = finish
        counts = {
            "promptTokenCount": 5,
            "candidatesTokenCount": 2,
            "totalTokenCount": 7,
        }
        answer = {"candidates": [candidate], "usageMetadata": counts, **more}
        answers.append(answer | ({"modelVersion": version} if version else {}))
    return body(answers)


def responses(*items, status="completed", last="response.completed", ends=True, **more):
    """A stream of OpenAI's Responses wire: what its items are, and how it ends."""
    shared = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "output": [],
    }
    usage = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    usage |= {"input_tokens_details": {"cached_tokens": 0}}
    usage |= {"output_tokens_details": {"reasoning_tokens": 0}}
    whole = shared | {"status": status, "output": list(items), "usage": usage} | more
    events = [
        {"type": "response.created", "response": shared | {"status": "in_progress"}}
    ]
    for index, item in enumerate(items):
        events.append(
            {"type": "response.output_item.added", "output_index": index, "item": item}
        )
        for number, part in enumerate(item.get("content") or ()):
            place = {
                "output_index": index,
                "content_index": number,
                "item_id": item["id"],
            }
            if part["type"] == "output_text":
                said = {"delta": part["text"], "logprobs": []}
                events.append({"type": "response.output_text.delta", **place, **said})
            if part["type"] == "refusal":
                said = {"delta": part["refusal"]}
                events.append({"type": "response.refusal.delta", **place, **said})
        events.append(
            {"type": "response.output_item.done", "output_index": index, "item": item}
        )
    if ends:
        events.append({"type": last, "response": whole})
    return sse(*(e | {"sequence_number": n} for n, e in enumerate(events)), names=True)


def said(text, kind="output_text", id="msg_1"):
    """A message of that wire."""
    part = {"type": kind, "annotations": [], "text": text}
    if kind == "refusal":
        part = {"type": kind, "refusal": text}
    return {
        "type": "message",
        "id": id,
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


@contextmanager
def says(*answers):
    """A server that gives these answers, the last over again; gives the bodies it is sent."""
    server = Server(("127.0.0.1", 0), Handler)
    server.answers, server.bodies = answers, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_port}"
    for lead in (_httpx, _urllib3):
        lead(server.server_port)
    try:
        yield server.bodies
    finally:
        server.shutdown()


def _httpx(port):
    for name in ("httpx", "httpx2"):
        try:
            client = __import__(name)
        except ImportError:
            continue
        for owner, method in (
            (client.HTTPTransport, "handle_request"),
            (client.AsyncHTTPTransport, "handle_async_request"),
        ):
            original = getattr(owner, "original", None) or getattr(owner, method)
            owner.original = original

            def led(self, request, original=original):
                there = {"scheme": "http", "host": "127.0.0.1", "port": port}
                request.url = request.url.copy_with(**there)
                return original(self, request)

            setattr(owner, method, led)


def _urllib3(port):
    try:
        from urllib3 import connectionpool as pools
    except ImportError:
        return

    pool = pools.HTTPConnectionPool
    pool.original = getattr(pool, "original", pool.__init__)

    def led(self, host, old_port=None, *given, **more):
        pool.original(self, "127.0.0.1", port, *given, **more)

    pools.HTTPSConnectionPool.ConnectionCls = pool.ConnectionCls
    pools.HTTPSConnectionPool._validate_conn = lambda self, connection: None
    pool.__init__ = led


def llm_of(plugin, model, **environment):
    """A model of llm, with one plugin (``""``: what comes with llm itself)."""
    os.environ.update(
        {"LLM_LOAD_PLUGINS": plugin, "LLM_USER_PATH": str(HOME), **environment}
    )
    (HOME / "keys.json").write_text(json.dumps(dict.fromkeys(KEYS.split(), "none")))
    listed = {
        "data": [
            {
                "id": "acme",
                "capabilities": {"completion_chat": True, "function_calling": True},
            }
        ]
    }
    (HOME / "mistral_models.json").write_text(json.dumps(listed))
    with says(body({})), redirect_stdout(sys.stderr):
        import llm

        return llm.get_model(model)


def tool(name="get_weather", **properties):
    """A tool of llm that gives back what it was called with."""
    import llm

    schema = {
        "type": "object",
        "properties": properties or {"city": {"type": "string"}},
    }
    return llm.Tool(
        name, "Weather in a city.", schema, lambda **given: json.dumps(given)
    )


def parts(response):
    """What a response of llm holds, as plain data, without ids and metadata."""
    kept = (
        "type",
        "text",
        "name",
        "arguments",
        "redacted",
        "output",
        "server_executed",
    )
    said = [part.to_dict() for message in response.messages() for part in message.parts]
    return [{k: v for k, v in part.items() if k in kept} for part in said]


def verdict(wire, got, there):
    """Print both sides, and end with 0 where the defect is there."""
    print("wire:", wire)
    print("got: ", got)
    sys.exit(0 if there else 1)


def raised(call):
    """What a call raised, in words, or ``None``."""
    try:
        with redirect_stdout(sys.stderr):
            call()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return None


def library():
    """llm itself, once ``llm_of`` has said which plugins it loads."""
    import llm

    return llm
