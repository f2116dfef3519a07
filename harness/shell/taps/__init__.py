"""Where HTTP clients are tapped: a file for each way to reach the network.

Each says which ``MODULES`` it is for, and what to put in place in them once they are
imported: nobody is made to import a client that it has no use for.
"""
