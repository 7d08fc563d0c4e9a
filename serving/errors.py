"""Every error that a client can get: one table from type to HTTP status.

The body is always `{"error": {"type", "message", "param"?}}`; OpenAPI's responses are made
from the same table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from serving.schemas import SENTENCE_TAG, TEXT_TAG, ErrorBody

_MAX_PARAM_CHARACTERS = 200  # an unknown field's name may be as long as the body


class ErrorType(StrEnum):
    """What went wrong, for programs."""

    MALFORMED = "malformed"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INVALID = "invalid"
    OVERLOADED = "overloaded"
    INTERNAL = "internal"
    NOT_READY = "not_ready"
    TIMEOUT = "timeout"


STATUS: dict[ErrorType, tuple[int, str]] = {
    ErrorType.MALFORMED: (400, "The body isn't valid JSON."),
    ErrorType.UNAUTHORIZED: (401, "No API key, or a wrong one."),
    ErrorType.NOT_FOUND: (404, "There is nothing at this path."),
    ErrorType.METHOD_NOT_ALLOWED: (405, "The path takes another method."),
    ErrorType.TOO_LARGE: (413, "The body, a text or their number is over a limit."),
    ErrorType.UNSUPPORTED_MEDIA_TYPE: (415, "The body must be application/json."),
    ErrorType.INVALID: (422, "A field is missing or can't be accepted; `param` names it."),
    ErrorType.OVERLOADED: (429, "The queue is full; `Retry-After` says when to come back."),
    ErrorType.INTERNAL: (500, "A fault of the service."),
    ErrorType.NOT_READY: (503, "The service is stopping."),
    ErrorType.TIMEOUT: (504, "The request's deadline passed before it was answered."),
}
BODY_ERRORS = (  # of every route that reads a body and runs the model
    ErrorType.MALFORMED,
    ErrorType.TOO_LARGE,
    ErrorType.UNSUPPORTED_MEDIA_TYPE,
    ErrorType.INVALID,
    ErrorType.OVERLOADED,
    ErrorType.NOT_READY,
    ErrorType.TIMEOUT,
)
CLIENT_GONE = 499  # nginx's number, for the metrics: no client sees it
_TYPE_OF_STATUS = {status: type_ for type_, (status, _) in STATUS.items()}


class ApiError(HTTPException):
    """Raised by routes; becomes the response that the table says.

    An HTTPException, because FastAPI takes any other that is raised while it reads a body for
    malformed JSON.
    """

    def __init__(
        self,
        type_: ErrorType,
        message: str,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(STATUS[type_][0], message, headers)
        self.type, self.message, self.param = type_, message, param


class ClientGoneError(Exception):
    """The client has hung up: nobody reads the answer."""


def error_response(
    type_: ErrorType,
    message: str,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The response for an error."""
    detail = {"type": type_.value, "message": message} | ({"param": param} if param else {})
    return JSONResponse({"error": detail}, status_code=STATUS[type_][0], headers=headers)


def responses(*types: ErrorType) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of a route that can fail in these ways."""
    return {
        STATUS[type_][0]: {"model": ErrorBody, "description": STATUS[type_][1]} for type_ in types
    }


def install(app: FastAPI) -> None:
    """Give every failure of `app` the body above."""

    @app.exception_handler(ApiError)
    async def on_api_error(request: Request, error: ApiError) -> JSONResponse:
        request.state.error_type = error.type.value
        return error_response(error.type, error.message, error.param, error.headers)

    @app.exception_handler(ClientGoneError)
    async def on_client_gone(_: Request, __: ClientGoneError) -> Response:
        return Response(status_code=CLIENT_GONE)

    @app.exception_handler(RequestValidationError)
    async def on_validation_error(_: Request, error: RequestValidationError) -> JSONResponse:
        return _validation_response(error.errors())

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> JSONResponse:
        type_ = _TYPE_OF_STATUS.get(error.status_code, ErrorType.MALFORMED)
        message = STATUS[type_][1]
        if type_ is ErrorType.NOT_FOUND:
            message = f"There is nothing at {request.url.path}; see /docs."
        elif type_ is ErrorType.METHOD_NOT_ALLOWED:
            message = f"{request.url.path} doesn't take {request.method}; see /docs."
        return error_response(type_, message, headers=error.headers)

    @app.exception_handler(Exception)
    async def on_fault(_: Request, __: Exception) -> JSONResponse:
        message = "The service failed; the fault is in its log."
        response = error_response(ErrorType.INTERNAL, message)
        response.headers["Connection"] = "close"  # uvicorn hangs up after a fault
        return response


def _validation_response(errors: Sequence[Any]) -> JSONResponse:
    first = errors[0]
    if first["type"] == "json_invalid":
        reason = first.get("ctx", {}).get("error", "syntax error")
        return error_response(ErrorType.MALFORMED, f"The body isn't valid JSON: {reason}.")
    # `body`, and the tags of union members that pydantic puts in, mean nothing to a client.
    place = [p for p in first["loc"][1:] if p not in (TEXT_TAG, SENTENCE_TAG)]
    param = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in place).lstrip(".")
    param = param[:_MAX_PARAM_CHARACTERS]
    message = first["msg"].removeprefix("Value error, ")
    return error_response(ErrorType.INVALID, f"{param or 'body'}: {message}.", param or None)
