"""What an OpenAPI document says: its operations, their examples, and whether an answer is listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import httpx
from jsonschema import Draft202012Validator

Document = dict[str, Any]


def operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation, of each."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def examples_of(schema: dict[str, Any], document: Document) -> list[Any]:
    """The examples of a body: its own, or else objects of the examples of its fields."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return examples_of(document["components"]["schemas"][name], document)
    if "examples" in schema or "properties" not in schema:
        return schema.get("examples", [])
    by_field = {name: s["examples"] for name, s in schema["properties"].items() if "examples" in s}
    rows = zip_longest(*by_field.values())
    return [{k: v for k, v in zip(by_field, row, strict=True) if v is not None} for row in rows]


def bodies_of(operation: dict[str, Any], document: Document) -> list[Any]:
    """JSON bodies that the document offers; one None for an operation that takes no JSON."""
    media = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if media is None:
        return [None]
    if "examples" in media:
        return [example["value"] for example in media["examples"].values()]
    return [media["example"]] if "example" in media else examples_of(media["schema"], document)


def takes_files(operation: dict[str, Any]) -> bool:
    """Whether the operation takes files in the field `file` of a form, too."""
    return "multipart/form-data" in operation.get("requestBody", {}).get("content", {})


def with_examples(path: str, operation: dict[str, Any]) -> str:
    """The path with the examples of its parameters."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            example = parameter.get("example") or parameter["schema"]["examples"][0]
            path = path.replace(f"{{{parameter['name']}}}", str(example))
    return path


def check_listed(response: httpx.Response, operation: dict[str, Any], document: Document) -> None:
    """Fail unless status, media type and body are those that the document lists."""
    listed = operation["responses"].get(str(response.status_code))
    assert listed is not None, f"{response.status_code} isn't listed: {response.text[:500]}"
    if "content" in listed:
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in listed["content"]
        if media_type == "application/json":
            schema = {
                **listed["content"][media_type]["schema"],
                "components": document["components"],
            }
            Draft202012Validator(schema).validate(json.loads(response.content))
