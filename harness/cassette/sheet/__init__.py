"""The sheet: what stands in a cassette file, piece by piece, read and written."""
