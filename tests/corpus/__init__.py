"""The corpus: recorded exchanges of real providers, heard by our decoders.

``python -m tests.corpus [DIR]`` replays every exchange of a folder and says what did
not hold. The recordings are read in place; none of them is part of the project.
"""
