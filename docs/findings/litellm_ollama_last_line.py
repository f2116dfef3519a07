"""litellm 1.110.2: a last line of Ollama's without a message raises BadRequestError.

Case: wire-others::ollama-last-line-without-a-message
Class: F9
Wire: words, then `done: true` and counts, without `message`
Made: BadRequestError: KeyError: 'message', after the answer was there
Matters: servers that end so cannot be used, and the error blames the request
Thread: https://github.com/taketwo/llm-ollama/issues/9
"""

from wire import ndjson, says
from wire_frameworks import completed
from wire_llm import raised, verdict

words = {"model": "m", "message": {"role": "assistant", "content": "Hello"}}
last = {"model": "m", "done": True, "done_reason": "stop"}
last |= {"prompt_eval_count": 5, "eval_count": 2}
with says(ndjson(words | {"done": False}, last)):
    got = raised(lambda: [*completed("ollama_chat/qwen3", stream=True)])
verdict("done, without a message", str(got)[:100], "KeyError: 'message'" in str(got))
