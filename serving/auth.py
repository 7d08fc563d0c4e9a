"""API keys: who may call the service."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.errors import ApiError, ErrorShape, ErrorType
from serving.settings import Settings

# Probes carry no keys; the documentation and the page hold nothing of anybody.
_OPEN = re.compile(
    r"(/v2|/integrations/label-studio)?/health(/.*)?|/docs(/.*)?|/openapi\.json|/static-.*|/page/.*"
)
_PAGE = "/"  # its POST is the Hugging Face contract's, and needs a key


def is_open(path: str, method: str) -> bool:
    """Whether a request is answered without a key."""
    return bool(_OPEN.fullmatch(path)) or (path == _PAGE and method in ("GET", "HEAD"))


def read_keys(settings: Settings) -> tuple[str, ...]:
    """The accepted keys, from the environment and the file; none means that no key is asked for.

    Raises:
        ValueError: the file can't be read or holds none; or a key can't stand in a header.
    """
    keys = [key.strip() for key in settings.api_keys.get_secret_value().split(",")]
    if settings.api_keys_file:
        try:
            lines = Path(settings.api_keys_file).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            raise ValueError(f"FAZHI_API_KEYS_FILE: {settings.api_keys_file}: {reason}") from None
        stripped = [line.strip() for line in lines]
        from_file = [line for line in stripped if line and line[0] != "#"]
        if not from_file:
            raise ValueError(f"FAZHI_API_KEYS_FILE: {settings.api_keys_file}: holds no key")
        keys += from_file
    found = tuple(key for key in keys if key)
    if not all(key.isascii() and key.isprintable() for key in found):
        raise ValueError("FAZHI_API_KEYS: a key may have printable ASCII characters only")
    return found


class ApiKeys:
    """ASGI middleware: answers 401 before the body is read, unless the request carries a key.

    As `Authorization: Bearer KEY`, as `X-API-Key: KEY`, or as the password of HTTP Basic, which
    is what Label Studio can send.
    """

    def __init__(
        self, app: ASGIApp, keys: tuple[str, ...], shape_of: Callable[[str], ErrorShape]
    ) -> None:
        self._app, self._shape_of = app, shape_of
        self._keys = [key.encode() for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if it may pass."""
        if scope["type"] == "http" and not is_open(scope["path"], scope["method"]):
            given = _given_key(Headers(scope=scope))
            # Every key is compared, in constant time: how long it takes tells nothing.
            if not any([hmac.compare_digest(given, key) for key in self._keys]):
                scope["state"]["error_type"] = ErrorType.UNAUTHORIZED.value
                error = ApiError(
                    ErrorType.UNAUTHORIZED,
                    "No API key, or a wrong one; send it as `Authorization: Bearer KEY`.",
                    headers={"WWW-Authenticate": "Bearer"},
                )
                response = self._shape_of(scope["path"]).response(error)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _given_key(headers: Headers) -> bytes:
    """The key that a request carries, empty if none."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer":
        return value.encode("latin-1")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return headers.get("x-api-key", "").encode("latin-1")
