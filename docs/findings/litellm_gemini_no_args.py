"""litellm 1.110.2: a call of Gemini's without args raises KeyError.

Case: wire-gemini::call-without-args
Class: A2
Wire: a functionCall with a name and no `args`, which Gemini's documentation says are optional
Made: MidStreamFallbackError: 'args'; not streamed too
Matters: a tool without parameters cannot be called
Thread: no public thread known
"""

from wire import says
from wire_frameworks import completed, gemini_sse
from wire_llm import raised, verdict

call = {"functionCall": {"name": "now"}}
with says(gemini_sse([call])):
    got = raised(lambda: [*completed("gemini/gemini-2.5-flash", stream=True)])
verdict(call, str(got).partition("\n")[0], "'args'" in str(got))
