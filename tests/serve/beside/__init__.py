"""What is asked beside conversations."""
