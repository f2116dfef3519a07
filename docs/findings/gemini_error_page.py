"""llm-gemini 0.35: an error page of a proxy is a JSON parse error.

Case: refusals::error-page
Class: F3
Wire: status 502 and a page of HTML
Made: IncompleteJSONError; nothing says 502
Matters: nobody can tell a server that is down from a bug, and nothing tries again
Thread: no public thread known
"""

from wire import body, says
from wire_llm import llm_of, raised, verdict

model = llm_of("llm-gemini", "gemini-2.5-flash")
with says(body("<html>Bad Gateway</html>", 502, "text/html")):
    got = raised(lambda: model.prompt("Hi", key="none").text())
verdict("502, a page of HTML", got, "502" not in str(got) and got is not None)
