"""The bench: what the harness costs beside what people use today, as ratios.

``python -m tests.bench [--json]`` measures both sides in one run, turn about, so that
whatever else the machine does slows both. Nothing here passes or fails a test.
"""
