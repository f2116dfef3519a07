"""What was heard: tapes, the paper they are written on, and what may stand there."""
