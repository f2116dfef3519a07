"""llm-gemini 0.35: an answer without modelVersion raises KeyError after its text.

Case: wire-gemini::no-model-version
Class: F6
Wire: a whole answer, with every field but modelVersion
Made: KeyError when the stream is over; nothing is stored
Matters: an answer that was streamed to its end is an error, on servers that leave an optional field out
Thread: no public thread known
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import gemini

model = llm_of("llm-gemini", "gemini-2.5-flash")
with says(gemini([{"text": "Rain."}], version=None)):
    got = raised(lambda: model.prompt("Weather?", key="none").text())
verdict("Rain., no modelVersion", got, "KeyError" in str(got))
