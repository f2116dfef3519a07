"""Requests: when two of them say the same."""
