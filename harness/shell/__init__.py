"""The outside world: the only folder below the reference that does I/O."""
