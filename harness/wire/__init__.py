"""How it travels: bytes, chunks and frames, whatever they mean."""
