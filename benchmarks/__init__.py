"""What the service is worth: speed beside others (`make bench`), faults under load (`make soak`).

Starts real processes and talks to them over sockets. `make round-trip` needs none: it scores
reports read back from other file formats. Imports `fazhi`; of the project only tests import it.
"""
