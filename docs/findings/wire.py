"""A provider on this machine that says what a script tells it, whatever host is asked."""

import json
import os
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product

LISTED = [
    {"id": name, "object": "model", "name": name, "type": "vlm", "state": "loaded"}
    | {"capabilities": {"completion_chat": True, "function_calling": True}}
    | {"supported_parameters": ["tools"], "supported_features": ["tools"]}
    for name in ("acme", "acme-thinking", "acme/model", "mercury", "deepseek-chat")
]
OLLAMAS = [{"name": "acme", "model": "acme", "digest": "0" * 64, "details": {}}]


class Server(ThreadingHTTPServer):
    daemon_threads = True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path.endswith("/api/show"):  # Ollama's, of one model
            able = ["completion", "tools", "thinking", "vision"]
            return self.answer(*body({"capabilities": able, "model_info": {}}))
        answers = self.server.answers
        self.server.bodies.append(json.loads(asked or b"null"))
        return self.answer(*answers[min(len(self.server.bodies), len(answers)) - 1])

    def do_GET(self):  # which models there are, or one of them
        one = next((m for m in LISTED if self.path.endswith(f"/{m['id']}")), None)
        self.answer(*body(one or {"data": LISTED, "models": OLLAMAS}))

    def answer(self, status, kind, *pieces):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(sum(map(len, pieces))))
        self.end_headers()
        for number, piece in enumerate(pieces):
            time.sleep(0.2 if number else 0)  # each on its own way
            self.wfile.write(piece)

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


def ndjson(*payloads):
    """A stream of JSON lines, in UTF-8."""
    lines = [json.dumps(payload, ensure_ascii=False) for payload in payloads]
    return 200, "application/x-ndjson", "\n".join([*lines, ""]).encode()


@contextmanager
def says(*answers):
    """A server that gives these answers, the last over again; gives the bodies it is sent."""
    server = Server(("127.0.0.1", 0), Handler)
    server.answers, server.bodies = answers, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_port}"
    _lead_httpx(server.server_port), _lead_urllib3(server.server_port)
    try:
        yield server.bodies
    finally:
        server.shutdown()


def _lead_httpx(port):
    ways = {"HTTPTransport": "handle_request"}
    ways["AsyncHTTPTransport"] = "handle_async_request"
    for name, (kind, method) in product(("httpx", "httpx2"), ways.items()):
        try:
            transport = getattr(__import__(name), kind)
        except ImportError:
            continue
        original = transport.__dict__.get("asked", getattr(transport, method))

        def led(self, request, original=original):
            there = {"scheme": "http", "host": "127.0.0.1", "port": port}
            request.url = request.url.copy_with(**there)
            return original(self, request)

        transport.asked = original
        setattr(transport, method, led)


def _lead_urllib3(port):
    try:
        from urllib3 import connectionpool as pools
    except ImportError:
        return
    pool = pools.HTTPConnectionPool
    original = pool.__dict__.get("begun", pool.__init__)

    def led(self, host, old_port=None, *given, **more):
        original(self, "127.0.0.1", port, *given, **more)

    pools.HTTPSConnectionPool.ConnectionCls = pool.ConnectionCls
    pools.HTTPSConnectionPool._new_conn = pool._new_conn
    pools.HTTPSConnectionPool._validate_conn = lambda self, connection: None
    pool.begun, pool.__init__ = original, led
