"""litellm 1.110.2: streamed calls of Ollama's lose their ids, and those on lines of their own are merged.

Case: wire-others::ollama-a-call-on-each-line
Class: A4
Wire: two tool calls with ids, each on a line of its own, as Ollama was reported to send them
Made: one call, with both arguments joined, under an id that LiteLLM makes up; not streamed the ids are kept
Matters: neither call can be run, and the next turn fails, since the arguments are not JSON
Thread: https://github.com/BerriAI/litellm/issues/33678
Shows: tools::one-call[ollama-stream], tools::text-then-call[ollama-stream], tools::parallel-calls[ollama-*], tools::calls-in-a-row[ollama-stream], tools::same-call-twice[ollama-*], schema::schema-after-a-tools-result[ollama], schema::tools-after-a-tools-result[ollama], system::with-a-tools-result[ollama], system::with-a-tools-result-through-json[ollama]
"""

import litellm
from wire import ndjson, says
from wire_frameworks import completed
from wire_llm import verdict


def line(id, city):
    function = {"name": "get_weather", "arguments": {"city": city}}
    said = {"role": "assistant", "content": ""}
    said |= {"tool_calls": [{"id": id, "function": function}]}
    return {"model": "m", "message": said, "done": False}


last = {"model": "m", "message": {"role": "assistant", "content": ""}}
last |= {"done": True, "done_reason": "stop", "prompt_eval_count": 5, "eval_count": 2}
with says(ndjson(line("call_1", "Paris"), line("call_2", "Rome"), last)):
    heard = [*completed("ollama_chat/qwen3", stream=True)]
calls = litellm.stream_chunk_builder(heard).choices[0].message.tool_calls
got = [call.function.arguments for call in calls]
kept = calls[0].id in ("call_1", "call_2")
verdict("call_1 and call_2", f"{got}, id kept: {kept}", len(got) == 1 and not kept)
