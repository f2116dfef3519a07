"""The seam, against a server on this machine that sends what we choose."""
