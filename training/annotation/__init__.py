"""Annotating: which units are worth it, first proposals for them, exchange with annotation tools."""
