"""The official SDKs as witnesses: each reads what we say, and asks so that we read it.

``loopback`` is the server they are pointed at; a file a vendor says how its SDK is
asked and boils down what it read to an ``answer``; ``clients`` is the list of them.
"""
