"""The protocol's binary tensor extension: tensors as bytes behind the JSON, in both directions.

A request is turned into its JSON form before anything else reads it. An element of a BYTES
tensor is its length, four bytes little-endian, and its UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from serving.contracts.open_inference_schemas import OutputTensor
from serving.errors import ApiError, ErrorType

EXTENSION = "binary_tensor_data"
LENGTH_HEADER = "Inference-Header-Content-Length"
_MEDIA_TYPE = "application/octet-stream"
_LENGTH_BYTES = 4


class _JsonFormRequest(Request):
    """A request whose body is read as JSON, with the binary tensors among it."""

    async def body(self) -> bytes:
        if not hasattr(self, "_json_form"):
            header_length = self.headers.get(LENGTH_HEADER)
            raw = await super().body()
            self._json_form = raw if header_length is None else json_form(raw, header_length)
        return self._json_form


class BinaryTensorRoute(APIRoute):
    """Reads a body with binary tensors, and one without a media type: tritonclient sends none."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, given the request in its JSON form."""
        handle = super().get_route_handler()

        async def handle_json_form(request: Request) -> Response:
            scope = dict(request.scope)
            media_type = request.headers.get("content-type")
            is_binary = media_type == _MEDIA_TYPE and LENGTH_HEADER in request.headers
            if media_type is None or is_binary:
                others = [(k, v) for k, v in scope["headers"] if k != b"content-type"]
                scope["headers"] = [*others, (b"content-type", b"application/json")]
            return await handle(_JsonFormRequest(scope, request.receive))

        return handle_json_form


def json_form(body: bytes, header_length: str) -> bytes:
    """The request as JSON alone. What isn't as the protocol says is left for the validation.

    Raises:
        ApiError: MALFORMED, the lengths don't fit the body, or the JSON part is none.
    """
    if not (header_length.isascii() and header_length.isdigit()) or len(header_length) > 12:
        raise _malformed(f"{LENGTH_HEADER} must be a number of bytes")
    end = int(header_length)
    try:
        document = json.loads(body[:end])
        inputs = document.get("inputs") if isinstance(document, dict) else None
        for number, tensor in enumerate(inputs if isinstance(inputs, list) else ()):
            size = _binary_size(tensor)
            if size is not None:
                tensor["data"] = _texts(body[end : end + size], size, f"inputs[{number}]")
                end += size
        if end != len(body):
            raise _malformed(f"the body has {len(body)} bytes; its header and tensors say {end}")
        return json.dumps(document).encode()
    except (ValueError, RecursionError):
        raise _malformed(f"the first {header_length} bytes aren't valid JSON") from None


def tensor_response(head: dict[str, Any], outputs: list[tuple[OutputTensor, bool]]) -> Response:
    """The answer: JSON, and behind it the data of those outputs whose flag says binary."""
    rows, tail = [], b""
    for output, is_binary in outputs:
        row = output
        if is_binary:
            raw = _to_bytes(output)
            tail += raw
            parameters = {**(output.parameters or {}), "binary_data_size": len(raw)}
            row = output.model_copy(update={"data": None, "parameters": parameters})
        rows.append(row.model_dump(exclude_none=True))
    answer = JSONResponse({**head, "outputs": rows})
    if not any(is_binary for _, is_binary in outputs):
        return answer
    length = {LENGTH_HEADER: str(len(answer.body))}
    return Response(bytes(answer.body) + tail, headers=length, media_type=_MEDIA_TYPE)


def _binary_size(tensor: object) -> int | None:
    parameters = tensor.get("parameters") if isinstance(tensor, dict) else None
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    return size if type(size) is int and size >= 0 else None


def _texts(raw: bytes, size: int, place: str) -> list[str]:
    texts, at = [], 0
    while at < len(raw):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(raw[at:start], "little")
        try:
            texts.append(raw[start:at].decode())
        except UnicodeDecodeError:
            raise _malformed(f"{place}: element {len(texts)} isn't UTF-8") from None
    if at != size:
        raise _malformed(f"{place}: the elements don't fill its {size} bytes")
    return texts


def _to_bytes(output: OutputTensor) -> bytes:
    if output.datatype == "FP32":
        return np.array(output.data, dtype="<f4").tobytes()
    texts = [str(text).encode() for text in output.data or ()]
    return b"".join(len(text).to_bytes(_LENGTH_BYTES, "little") + text for text in texts)


def _malformed(reason: str) -> ApiError:
    return ApiError(ErrorType.MALFORMED, f"The body can't be read: {reason}.")
