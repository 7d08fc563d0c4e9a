"""What a request may hold: size and media type of its body, number and length of its sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fazhi.encoding import Sentence
from serving.errors import MAX_QUOTED_CHARACTERS, ApiError, ErrorType
from serving.settings import Settings


class BodyLimit:
    """ASGI middleware: answers 413 before a body over the limit is read into memory."""

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app, self._limit = app, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting its body as it comes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"")
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            if declared.isdigit():
                self._check(int(declared))
            message = await receive()
            seen += len(message.get("body", b""))
            self._check(seen)
            return message

        await self._app(scope, counted, send)

    def _check(self, body_bytes: int) -> None:
        if body_bytes > self._limit:
            raise ApiError(
                ErrorType.TOO_LARGE,
                f"The body is over the limit of {self._limit} bytes (max_body_bytes).",
            )


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


AppSettings = Annotated[Settings, Depends(_settings)]


def media_type_of(request: Request) -> str:
    """The body's media type without parameters, in lower case; empty where none is given."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def unsupported(request: Request, accepted: str) -> ApiError:
    """The error for a body of another media type than those accepted."""
    given = media_type_of(request)[:MAX_QUOTED_CHARACTERS] or "none"
    return ApiError(
        ErrorType.UNSUPPORTED_MEDIA_TYPE,
        f"Content-Type must be {accepted}; the request says {given}.",
    )


async def _require_json(request: Request) -> None:
    if media_type_of(request) != "application/json":
        raise unsupported(request, "application/json")


RequireJson = Depends(_require_json)


def check_number(number: int, settings: Settings, param: str) -> None:
    """Refuse more sentences than one request takes.

    Raises:
        ApiError: TOO_LARGE, naming `param`.
    """
    limit = settings.max_sentences
    if number > limit:
        raise ApiError(
            ErrorType.TOO_LARGE,
            f"{number} sentences; one request takes {limit} (max_sentences).",
            param,
        )


def check_lengths(sentences: Iterable[tuple[str, Sentence]], settings: Settings) -> None:
    """Refuse a sentence or heading that is too long; each sentence comes with its place.

    Raises:
        ApiError: TOO_LARGE, naming the place of the first such sentence.
    """
    limit = settings.max_sentence_characters
    for place, sentence in sentences:
        longest = max(len(text) for text in (sentence.text, *sentence.heading_path))
        if longest > limit:
            raise ApiError(
                ErrorType.TOO_LARGE,
                f"{longest} characters; a sentence or heading has at most {limit} "
                "(max_sentence_characters).",
                place,
            )
