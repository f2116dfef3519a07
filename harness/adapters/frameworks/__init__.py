"""Frameworks under test: libraries with a conversation of their own, one a file."""
