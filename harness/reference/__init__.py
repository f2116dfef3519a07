"""The reference implementation: messages in, typed parts out."""
