"""`GET /`: the page, and its files below `/page/`."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import PurePosixPath

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from fazhi import web
from serving.errors import ApiError, ErrorType, responses

router = APIRouter(tags=["page"])

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_ASK_AGAIN = "no-cache"  # kept, but asked about every time
_KEEP = "public, max-age=31536000, immutable"


@router.get("/", response_class=HTMLResponse, responses=responses(ErrorType.INTERNAL))
def page(request: Request) -> Response:
    """The page; no key is needed to see it."""
    return _answer(request, web.index().encode(), "text/html", _ASK_AGAIN)


@router.get("/page/standalone.html", include_in_schema=False)
def standalone(request: Request) -> Response:
    """The page as one file without data, which it downloads to put its own data in."""
    return _answer(request, web.standalone().encode(), "text/html", _ASK_AGAIN)


@router.get("/page/{path:path}", include_in_schema=False)
def asset(path: str, request: Request) -> Response:
    """A file of the page, under the page's version or without it.

    Another version than this process has gets the same file, but not for keeping: while a new
    version is rolled out, a page of one process may ask another.
    """
    version, _, rest = path.partition("/")
    content = web.assets().get(path)
    cache_control = _ASK_AGAIN
    if content is None:
        path, content = rest, web.assets().get(rest)
        cache_control = _KEEP if version == web.version() else _ASK_AGAIN
    if content is None:
        raise ApiError(ErrorType.NOT_FOUND, "The page has no such file.")
    media_type = web.MEDIA_TYPES[PurePosixPath(path).suffix]
    return _answer(request, content, media_type, cache_control)


def _answer(request: Request, content: bytes, media_type: str, cache_control: str) -> Response:
    takes_gzip = "gzip" in request.headers.get("accept-encoding", "")
    digest = hashlib.sha256(content).hexdigest()[:32]
    etag = f'"{digest}-gzip"' if takes_gzip else f'"{digest}"'
    headers = {
        **_HEADERS,
        "Cache-Control": cache_control,
        "ETag": etag,
        "Vary": "Accept-Encoding",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if takes_gzip:
        content, headers["Content-Encoding"] = _gzip(content), "gzip"
    return Response(content, media_type=media_type, headers=headers)


@cache
def _gzip(content: bytes) -> bytes:
    """Compressed once a process: there are few files, and they don't change."""
    return gzip.compress(content, mtime=0)
