"""The command about conversations that were kept, and suites made of them."""
