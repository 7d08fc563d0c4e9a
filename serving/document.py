"""The OpenAPI document: what FastAPI makes of the routes, made true."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.events import MEDIA_TYPE
from serving.submissions import FIELD, JSON, MULTIPART

FILE = {"type": "string", "format": "binary", "description": "A report: .txt .html .docx .pdf"}
_REFERENCE = "#/components/schemas/{model}"


def submission_body(model: type[BaseModel], file: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a route that takes JSON, or a form whose field is of the schema `file`."""
    form = {
        "type": "object",
        "properties": {FIELD: file},
        "required": [FIELD],
        "additionalProperties": False,
    }
    schema = {"$ref": _REFERENCE.format(model=model.__name__)}
    content = {JSON: {"schema": schema}, MULTIPART: {"schema": form}}
    return {"requestBody": {"required": True, "content": content}}


def long_answer(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route that answers JSON, or lines that tell its progress."""
    lines = {"type": "string", "description": "One JSON object a line; the last is the answer."}
    return {200: {"model": model, "content": {MEDIA_TYPE: {"schema": lines}}}}


def make_true(
    app: FastAPI,
    is_open: Callable[[str, str], bool],
    examples: Mapping[str, str],
    bodies: Sequence[type[BaseModel]],
) -> None:
    """Correct the OpenAPI document of `app`, whose routes are all there.

    Takes out what can't happen: the 422 that FastAPI adds to routes without one, and 401 on paths that
    are `is_open` to everybody, and null for headers. Gives path parameters their `examples`, by name,
    and adds the schemas of `bodies` that routes read by themselves.
    """
    make_document = app.openapi

    def openapi() -> dict[str, Any]:
        document = make_document()
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                responses = operation["responses"]
                if "HTTPValidationError" in str(responses.get("422")):
                    del responses["422"]
                if is_open(path, method.upper()):
                    responses.pop("401", None)
                for parameter in operation.get("parameters", []):
                    # A header that may be missing can't be null.
                    kinds = parameter["schema"].pop("anyOf", [{}])
                    parameter["schema"] |= kinds[0]
                    if parameter["in"] == "path":
                        parameter["example"] = examples[parameter["name"]]
        for name in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(name, None)
        read: list[tuple[type[BaseModel], Literal["validation"]]]
        read = [(model, "validation") for model in bodies]
        document["components"]["schemas"] |= models_json_schema(read, ref_template=_REFERENCE)[1][
            "$defs"
        ]
        return document

    app.openapi = openapi  # type: ignore[method-assign]
