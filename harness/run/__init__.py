"""Does it hold: cases put to an adapter, and what came of it. No I/O."""
