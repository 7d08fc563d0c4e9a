"""The REST service over `fazhi`."""
