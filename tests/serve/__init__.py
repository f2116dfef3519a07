"""The mock of every provider."""
