"""What Anthropic says beside what we read: kept as metadata, put back in its place."""

from __future__ import annotations

from harness.providers._own import Own

OWN = Own("anthropic")
NAMESPACE, ours, said_of = OWN.namespace, OWN.ours, OWN.of
"""Its key in ``provider_metadata``; to put something there, and to take it out."""
