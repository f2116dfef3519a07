"""Commands that make recordings, compare them and bring them up to date."""
