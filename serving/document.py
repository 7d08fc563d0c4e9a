"""The OpenAPI document: what FastAPI makes of the routes, made true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI


def make_true(app: FastAPI, is_open: Callable[[str], bool], examples: Mapping[str, str]) -> None:
    """Correct the OpenAPI document of `app`, whose routes are all there.

    Takes out what can't happen: the 422 that FastAPI adds to routes without one, and 401 on paths that
    are `is_open` to everybody, and null for headers. Gives path parameters their `examples`, by name.
    """
    make_document = app.openapi

    def openapi() -> dict[str, Any]:
        document = make_document()
        for path, methods in document["paths"].items():
            for operation in methods.values():
                responses = operation["responses"]
                if "HTTPValidationError" in str(responses.get("422")):
                    del responses["422"]
                if is_open(path):
                    responses.pop("401", None)
                for parameter in operation.get("parameters", []):
                    # A header that may be missing can't be null.
                    kinds = parameter["schema"].pop("anyOf", [{}])
                    parameter["schema"] |= kinds[0]
                    if parameter["in"] == "path":
                        parameter["example"] = examples[parameter["name"]]
        for name in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(name, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
