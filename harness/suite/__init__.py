"""What should hold: cases as people write them, and the checks they are put to."""
