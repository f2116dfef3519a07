"""Who says it how: every wire the harness speaks, one file each.

Adding one is a file beside the others and a name in the tuple below; a package of
its own adds one by the entry-point group ``harness.providers``.
"""

from __future__ import annotations

from harness.providers import anthropic, openai_chat, openai_responses
from harness.providers._provider import Provider

PROVIDERS: dict[str, Provider] = {
    module.PROVIDER.name: module.PROVIDER
    for module in (openai_chat, openai_responses, anthropic)
}
"""Every provider by the name specs give it."""
