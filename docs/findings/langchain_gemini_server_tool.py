"""langchain-google-genai 4.4.3: a search of the server's goes back as code that was never run.

Case: server-tools::search-and-answer[gemini-stream]
Class: C7
Wire: a toolCall and a toolResponse of GOOGLE_SEARCH_WEB, then words
Made: the next request has no call, and a codeExecutionResult with the Python text of the result
Matters: the history says that code ran which nobody wrote; with the call its signature is gone
Thread: no public thread known
Shows: server-tools::search-and-answer[gemini-*]
"""

from langchain_google_genai import ChatGoogleGenerativeAI
from wire import says
from wire_frameworks import added, gemini_sse
from wire_llm import verdict

kind = {"id": "s1", "toolType": "GOOGLE_SEARCH_WEB"}
searched = [
    {"toolCall": kind | {"args": {"queries": ["fog"]}}, "thoughtSignature": "c2ln"},
    {"toolResponse": kind | {"response": {"found": "18 degrees"}}},
    {"text": "Fog."},
]
model = ChatGoogleGenerativeAI(model="gemini-3-pro-preview", api_key="none")
with says(gemini_sse(searched), gemini_sse([{"text": "More."}])) as sent:
    message = added(model)
    added(model, [("human", "Hi"), message, ("human", "And?")])
got = sent[1]["contents"][1]["parts"]
wrong = "codeExecutionResult" in got[0] and "toolCall" not in str(got)
verdict("toolCall, toolResponse, Fog.", got, wrong)
