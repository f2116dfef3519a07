"""Adapters that lie, one lie each: what the shipped suites must catch.

Each miniature is the reference adapter with one fault that real adapters have had.
"""
