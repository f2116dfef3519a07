"""Serve: every provider on one local port, out of recordings, suites and code."""
