"""Contracts of other servers, so that their clients work unchanged: one module each.

A module has its `router`, its `ERRORS` (how errors look to those clients) and `owns(path)`.
"""

from __future__ import annotations

from serving.contracts import huggingface, label_studio, open_inference, text_embeddings_inference
from serving.errors import OWN, ErrorShape

CONTRACTS = (huggingface, text_embeddings_inference, open_inference, label_studio)


def error_shape(path: str) -> ErrorShape:
    """How an error of `path` looks; also of a path below a contract's that doesn't exist."""
    return next((contract.ERRORS for contract in CONTRACTS if contract.owns(path)), OWN)
