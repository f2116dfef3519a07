"""Fuzz: streams that no server would send, and what becomes of them."""
