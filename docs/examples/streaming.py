"""An adapter as a program: OpenAI's chat wire, with nothing but the standard library."""

import json
import sys
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

START = {
    "protocol": 1, "name": "example", "version": "1.0", "providers": ["openai-chat"],
    "capabilities": ["streaming", "conversation", "usage"], "unseen": ["error.kind", "usage.details"],
}  # fmt: skip


def ask(who, history):
    body = {"model": who["model"], "messages": history, "stream": who["stream"]}
    if who["stream"]:
        body["stream_options"] = {"include_usage": True}
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {who['key']}",
    }
    url = f"{who['base_url']}/chat/completions"
    try:
        with urlopen(Request(url, json.dumps(body).encode(), headers)) as answer:
            if not who["stream"]:
                yield json.load(answer)
            for line in answer if who["stream"] else ():
                if line.startswith(b"data: {"):
                    yield json.loads(line[6:])
    except HTTPError as error:
        busy = error.code == 429 or error.code >= 500
        said = error.read().decode() or error.reason
        yield {"error": {"message": said, "status": error.code, "retryable": busy}}
    except (OSError, ValueError, HTTPException) as error:  # cut off, or no JSON
        yield {"error": {"message": repr(error), "retryable": True}}


def hear(chunks):
    reply, refused = {"events": [], "done": False}, False
    for chunk in chunks:
        if "error" in chunk:
            known = ("message", "status", "retryable")
            error = {key: chunk["error"][key] for key in known if key in chunk["error"]}
            reply |= {"error": error, "done": False}
            break
        if usage := chunk.get("usage"):
            reply["usage"] = {
                "input": usage["prompt_tokens"],
                "output": usage["completion_tokens"],
            }
        for choice in chunk["choices"]:
            message = choice.get("delta", choice.get("message", {}))
            refused = refused or bool(message.get("refusal"))
            if said := message.get("content") or message.get("refusal"):
                reply["events"].append({"type": "text", "chunk": said, "part_index": 0})
            if choice.get("finish_reason"):
                reason = "refusal" if refused else choice["finish_reason"]
                reply |= {"finish_reason": reason, "done": True}
    text = "".join(event["chunk"] for event in reply["events"])
    parts = [{"type": "text", "text": text}] if text else []
    if not reply["done"] and "error" not in reply:
        reply["error"] = {
            "message": "the stream ended before its end",
            "retryable": True,
        }
    return {
        **reply,
        "messages": [{"role": "assistant", "parts": parts}] if parts else [],
    }


who, history = {}, []
for line in sys.stdin:
    said = json.loads(line)
    answer = {}
    match said["command"]:
        case "start":
            answer = START
        case "open":
            who, history = said, []
            if said["options"] or said["tools"]:
                answer = {"skipped": "the example knows no options and no tools"}
        case "prompt" | "reply":
            if said["messages"]:
                answer = {"skipped": "the example takes no messages"}
            else:
                if said["system"]:
                    history.append({"role": "system", "content": said["system"]})
                if said["prompt"]:
                    history.append({"role": "user", "content": said["prompt"]})
                answer = hear(ask(who, history))
                for message in answer["messages"]:
                    text = message["parts"][0]["text"]
                    history.append({"role": "assistant", "content": text})
        case "rehydrate":
            history = json.loads(json.dumps(history))
    print(json.dumps(answer), flush=True)
