"""Answers that nobody recorded."""
