"""Every error that a client can get: one table from type to HTTP status.

The body of this service's own paths is `{"error": {"type", "message", "param"?}}`. Paths that
speak another server's contract have an `ErrorShape` of their own. OpenAPI's responses are made
from the same table and shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from serving.schemas import UNION_TAGS, ErrorBody, ErrorDetail, ErrorMessage

MAX_QUOTED_CHARACTERS = 200  # what a client sent may be as long as the body


class ErrorType(StrEnum):
    """What went wrong, for programs."""

    MALFORMED = "malformed"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    SLOW_REQUEST = "slow_request"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INVALID = "invalid"
    OVERLOADED = "overloaded"
    INTERNAL = "internal"
    NOT_IMPLEMENTED = "not_implemented"
    NOT_READY = "not_ready"
    TIMEOUT = "timeout"


STATUS: dict[ErrorType, tuple[int, str]] = {
    ErrorType.MALFORMED: (400, "The body isn't valid JSON or multipart/form-data."),
    ErrorType.UNAUTHORIZED: (401, "No API key, or a wrong one."),
    ErrorType.NOT_FOUND: (404, "There is nothing at this path."),
    ErrorType.METHOD_NOT_ALLOWED: (405, "The path takes another method."),
    ErrorType.SLOW_REQUEST: (408, "The request took too long to arrive."),
    ErrorType.TOO_LARGE: (413, "The body, a text or their number is over a limit."),
    ErrorType.UNSUPPORTED_MEDIA_TYPE: (
        415,
        "Not a media type, or a file format, that is read here.",
    ),
    ErrorType.INVALID: (422, "A field is missing or can't be accepted; the message names it."),
    ErrorType.OVERLOADED: (429, "The queue is full; `Retry-After` says when to come back."),
    ErrorType.INTERNAL: (500, "A fault of the service."),
    ErrorType.NOT_IMPLEMENTED: (501, "The model isn't served in this version."),
    ErrorType.NOT_READY: (503, "The service is stopping."),
    ErrorType.TIMEOUT: (504, "The request's deadline passed before it was answered."),
}
BODY_ERRORS = (  # of every route that reads a body and runs the model
    ErrorType.MALFORMED,
    ErrorType.SLOW_REQUEST,
    ErrorType.TOO_LARGE,
    ErrorType.UNSUPPORTED_MEDIA_TYPE,
    ErrorType.INVALID,
    ErrorType.OVERLOADED,
    ErrorType.NOT_READY,
    ErrorType.TIMEOUT,
)
FAULT = "The service failed; the fault is in its log."
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


def overloaded(reason: str, retry_after_seconds: int) -> ApiError:
    """The error for work that there is no room for now."""
    message = f"{reason}; try again in {retry_after_seconds} s."
    headers = {"Retry-After": str(retry_after_seconds)}
    return ApiError(ErrorType.OVERLOADED, message, headers=headers)


def stopping() -> ApiError:
    """The error for work that comes, or is under way, when the service ends."""
    return ApiError(ErrorType.NOT_READY, "The service is stopping.")


class ClientGoneError(Exception):
    """The client has hung up: nobody reads the answer."""


@dataclass(frozen=True)
class ErrorShape:
    """How an error looks to the clients of some paths.

    `render` makes the `body` of an error; `statuses` are those that differ from `STATUS`.
    """

    body: type[BaseModel]
    render: Callable[[ApiError], BaseModel]
    statuses: Mapping[ErrorType, int] = field(default_factory=dict)

    def status(self, type_: ErrorType) -> int:
        """HTTP status of an error."""
        return self.statuses.get(type_, STATUS[type_][0])

    def response(self, error: ApiError) -> JSONResponse:
        """The response for an error."""
        content = self.render(error).model_dump(exclude_none=True)
        return JSONResponse(content, self.status(error.type), error.headers)

    def responses(self, *types: ErrorType) -> dict[int | str, dict[str, Any]]:
        """OpenAPI `responses` of a route that can fail in these ways."""
        descriptions: dict[int, list[str]] = {}
        for type_ in types:
            descriptions.setdefault(self.status(type_), []).append(STATUS[type_][1])
        return {
            status: {"model": self.body, "description": " ".join(texts)}
            for status, texts in descriptions.items()
        }


def _detailed(error: ApiError) -> ErrorBody:
    detail = ErrorDetail(type=error.type.value, message=error.message, param=error.param or None)
    return ErrorBody(error=detail)


def one_line(error: ApiError) -> str:
    """The message, beginning with the field that it is about."""
    if not error.param or error.message.startswith(error.param):
        return error.message
    return f"{error.param}: {error.message}"


OWN = ErrorShape(ErrorBody, _detailed)
MESSAGE = ErrorShape(ErrorMessage, lambda error: ErrorMessage(error=one_line(error)))
responses = OWN.responses


def install(app: FastAPI, shape_of: Callable[[str], ErrorShape]) -> None:
    """Give every failure of `app` the body that `shape_of(path)` makes."""

    def respond(request: Request, error: ApiError) -> JSONResponse:
        request.state.error_type = error.type.value
        return shape_of(request.url.path).response(error)

    @app.exception_handler(ApiError)
    async def on_api_error(request: Request, error: ApiError) -> JSONResponse:
        return respond(request, error)

    @app.exception_handler(ClientGoneError)
    async def on_client_gone(_: Request, __: ClientGoneError) -> Response:
        return Response(status_code=CLIENT_GONE)

    @app.exception_handler(RequestValidationError)
    async def on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
        return respond(request, _from_validation(error.errors()))

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> JSONResponse:
        type_ = _TYPE_OF_STATUS.get(error.status_code, ErrorType.MALFORMED)
        message, path = STATUS[type_][1], request.url.path[:MAX_QUOTED_CHARACTERS]
        headers = dict(error.headers) if error.headers else None
        if type_ is ErrorType.NOT_FOUND:
            message = f"There is nothing at {path}; see /docs."
        elif type_ is ErrorType.METHOD_NOT_ALLOWED:
            message = f"{path} doesn't take {request.method}; see /docs."
            headers = {"Allow": _allowed(app, request.url.path)} if headers else None
        return respond(request, ApiError(type_, message, headers=headers))

    @app.exception_handler(Exception)
    async def on_fault(request: Request, _: Exception) -> JSONResponse:
        response = respond(request, ApiError(ErrorType.INTERNAL, FAULT))
        response.headers["Connection"] = "close"  # uvicorn hangs up after a fault
        # Starlette answers faults outside of all middleware, `Observer` too.
        response.headers["X-Request-ID"] = request.state.request_id
        return response


def _allowed(app: FastAPI, path: str) -> str:
    """For the header `Allow`: Starlette names only the methods of the first route of a path."""
    methods = {
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if compile_path(template)[0].match(path)
        for method in operations
    }
    return ", ".join(sorted(methods or {"GET"}))  # of the page's files, which aren't documented


def _from_validation(errors: Sequence[Any]) -> ApiError:
    first = errors[0]
    if first["type"] == "json_invalid":
        reason = first.get("ctx", {}).get("error", "syntax error")
        return ApiError(ErrorType.MALFORMED, f"The body isn't valid JSON: {reason}.")
    # `body`, and the tags of union members that pydantic puts in, mean nothing to a client.
    place = [p for p in first["loc"][1:] if p not in UNION_TAGS]
    param = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in place).lstrip(".")
    param = param[:MAX_QUOTED_CHARACTERS]
    message = first["msg"].removeprefix("Value error, ")
    return ApiError(ErrorType.INVALID, f"{param or 'body'}: {message}.", param or None)
