"""Systems under test, one file each."""
