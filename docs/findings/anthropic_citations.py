"""llm-anthropic 0.30: citations are dropped.

Case: citations::citation-is-kept
Class: G
Wire: a text block with a citations_delta
Made: a text part without metadata
Matters: an answer that was given with its sources loses them
Thread: no public thread known
Also: llm-minimax 0.1
"""

from wire import says
from wire_llm import llm_of, verdict
from wire_payloads import TEXT, block, message, words

model = llm_of("llm-anthropic", "claude-haiku-4.5")
cited = {"type": "char_location", "cited_text": "Rain.", "document_index": 0}
cited |= {"document_title": "News", "start_char_index": 0, "end_char_index": 5}
delta = {"type": "citations_delta", "citation": cited}
with says(message(*block(TEXT, words("Rain."), delta))):
    response = model.prompt("Weather?", key="none")
    got = [part.to_dict() for m in response.messages() for part in m.parts]
verdict("Rain., cited from News", got, "News" not in str(got))
