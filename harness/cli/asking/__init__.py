"""Commands that ask a model, instead of testing an adapter."""
