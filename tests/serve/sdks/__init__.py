"""Official SDKs in whole conversations with the mock, each with its own objects.

A file a vendor says how its SDK asks and sends back what it heard; ``talkers`` is the
list of them.
"""
