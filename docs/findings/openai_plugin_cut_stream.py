"""llm-openai-plugin 0.7: a stream that just stops is a complete answer.

Case: faults::ends-too-early
Class: F2
Wire: words, and no response.completed
Made: text(), done, no error
Matters: half an answer is taken for a whole one
Thread: https://github.com/BerriAI/litellm/issues/32159
Shows: wire-openai-responses::never-completed
"""

from wire import says
from wire_llm import llm_of, raised, verdict
from wire_payloads import responses, said

model = llm_of("llm-openai-plugin", "openai/gpt-4o")

with says(responses(said("The answer is"), ends=False)):
    response = model.prompt("Well?", key="none")
    failed = raised(response.text)
verdict("words and no end", f"{response.text()!r}, raised {failed}", failed is None)
