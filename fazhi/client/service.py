"""What both clients are made of: checked arguments, and the options of their HTTP client."""

from __future__ import annotations

import math
import time
from typing import Any

import httpx

from fazhi.client.calls import Calls
from fazhi.errors import InputError

# Below the five seconds after which uvicorn closes an idle connection: none is used as it closes.
_CONNECTIONS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=3.0)


class Service:
    """A service and how to talk to it; `_open` makes the HTTP client."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        timeout_seconds: float = 60.0,
        retry_seconds: float = 30.0,
    ) -> None:
        """Check the arguments; nothing is sent yet.

        Args:
            url: where the service is, such as `http://127.0.0.1:8000`; a path is a prefix.
            api_key: for a service that wants one.
            timeout_seconds: for connecting, and for the answer to each request. The service is
                told, and drops the work a little earlier.
            retry_seconds: how long a request that is refused for now (429, 503) or whose
                connection fails is tried again; 0: not at all.

        Raises:
            InputError: an argument is none of these.
        """
        if not 0 < timeout_seconds < math.inf:
            raise InputError(f"timeout_seconds: {timeout_seconds} isn't a number above 0")
        if not 0 <= retry_seconds < math.inf:
            raise InputError(f"retry_seconds: {retry_seconds} is neither 0 nor a number above 0")
        self._calls = Calls(retry_seconds, self._now)
        self._open(
            {
                "base_url": _checked_url(url),
                "headers": _headers(api_key, timeout_seconds),
                # Waiting for one of our own connections says nothing about the service.
                "timeout": httpx.Timeout(timeout_seconds, pool=None),
                "limits": _CONNECTIONS,
            }
        )

    def _open(self, options: dict[str, Any]) -> None:
        raise NotImplementedError

    def _now(self) -> float:
        return time.monotonic()


def _checked_url(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise InputError(f"url: {error}; write it as http://127.0.0.1:8000") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InputError("url: not an http or https address; write it as http://127.0.0.1:8000")
    return url


def _headers(api_key: str | None, timeout_seconds: float) -> dict[str, str]:
    # The service gives up a little before we do, so that its answer still gets through.
    deadline_ms = max(round(900 * timeout_seconds), 1)
    headers = {"X-Request-Timeout-Ms": str(deadline_ms)}
    if api_key is None:
        return headers
    if not api_key or not all("!" <= character <= "~" for character in api_key):
        raise InputError("api_key: empty, or has a character that no header takes; strip it")
    return {**headers, "Authorization": f"Bearer {api_key}"}
