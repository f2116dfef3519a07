"""A spec-driven test harness and record/replay provider mock for LLM adapters."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
