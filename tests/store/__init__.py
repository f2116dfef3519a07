"""The conversation store, on both of its engines."""
