"""What the service is worth: speed beside others (`make bench`), faults under load (`make soak`).

Starts real processes and talks to them over sockets. Imports `fazhi`; nothing imports it.
"""
