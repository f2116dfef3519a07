"""What is said: parts, events, and the way from one to the other."""
