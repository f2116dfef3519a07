"""An adapter as a program: whole answers of OpenAI's chat wire, standard library only."""
import json
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

START = {"protocol": 1, "name": "example", "version": "1.0", "providers": ["openai-chat"],
         "capabilities": ["conversation", "usage"], "unseen": ["error.kind", "usage.details"]}

def ask(who, history):
    body = json.dumps({"model": who["model"], "messages": history}).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {who['key']}"}
    try:
        said = json.load(urlopen(Request(f"{who['base_url']}/chat/completions", body, headers)))
        choice, counts = said["choices"][0], said.get("usage") or {}
    except HTTPError as error:
        busy = error.code == 429 or error.code >= 500
        return {"error": {"message": error.read().decode() or error.reason, "status": error.code, "retryable": busy}}
    except (OSError, ValueError, LookupError) as error:  # cut off, no JSON, no answer
        return {"error": {"message": repr(error), "retryable": True}}
    message, reason = choice["message"], choice["finish_reason"]
    words = [text for text in (message.get("refusal"), message.get("content")) if text]
    return {"events": [{"type": "text", "chunk": text, "part_index": 0} for text in words], "done": True,
            "messages": [{"role": "assistant", "parts": [{"type": "text", "text": text}]} for text in words],
            "usage": {"input": counts["prompt_tokens"], "output": counts["completion_tokens"]} if counts else None,
            "finish_reason": "refusal" if message.get("refusal") else reason}

for line in sys.stdin:
    said, answer = json.loads(line), {}
    if said["command"] == "start":
        answer = START
    elif said["command"] == "open":
        who, history = said, []
    elif said["command"] in ("prompt", "reply") and said["messages"]:
        answer = {"skipped": "the example takes no messages"}
    elif said["command"] in ("prompt", "reply"):
        history += [{"role": role, "content": said[key]} for role, key in (("system", "system"), ("user", "prompt")) if said[key]]
        answer = ask(who, history)
        history += [{"role": "assistant", "content": m["parts"][0]["text"]} for m in answer.get("messages", ())]
    print(json.dumps(answer), flush=True)
