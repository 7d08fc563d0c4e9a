"""Answers that come as lines and tell how far they are, one JSON object a line. No I/O."""

from __future__ import annotations

import json
from typing import Any

import httpx

from fazhi.client.steps import PROGRESS, OnProgress


def has_events(response: httpx.Response) -> bool:
    """Whether an answer comes as lines; errors before the first one don't."""
    return response.is_success and response.headers.get("Content-Type", "").startswith(PROGRESS)


class Events:
    """Takes an answer in pieces, tells `on_progress`, and makes a plain response of its end."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._pieces: list[bytes] = []  # of the line that hasn't come whole
        self._last: tuple[int, bytes] = 200, b""

    def feed(self, piece: bytes) -> None:
        """Take the next bytes, which may end within a line or a character."""
        *ends, rest = piece.split(b"\n")
        for end in ends:
            self._take(b"".join([*self._pieces, end]))
            self._pieces.clear()
        self._pieces.append(rest)

    def end(self, request: httpx.Request) -> httpx.Response:
        """The result, or the error with its own status, as if it had been answered at once.

        Of a stream without an end it is what nobody can read.
        """
        status, content = self._last
        return httpx.Response(status, content=content, request=request)

    def _take(self, line: bytes) -> None:
        event: Any = {}
        try:
            event = json.loads(line)
            if event["event"] == "progress":
                step = event["stage"], int(event["done"]), int(event["total"])
            else:
                self._last = int(event.get("status", 200)), line
                return
        except (ValueError, LookupError, TypeError, RecursionError):
            self._last = 200, b""
            return
        self._on_progress(*step)
