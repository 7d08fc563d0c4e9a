"""Connections that harm the service: too slow, too many, or not HTTP. Knows nothing of routes.

Uvicorn has no time limit for a request that is being sent (its keep-alive limit ends with the
first byte) nor for an answer that nobody reads, and refuses in plain text. A middleware can't
help, since it only sees requests whose headers have come.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

import h11
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from serving.errors import OWN, ApiError, ErrorType
from serving.settings import Settings


class GuardedProtocol(H11Protocol):
    """Uvicorn's protocol with two clocks, for receiving and for sending, and a place limit.

    A request must have come whole `timeout_seconds` after its first byte (the first of a
    connection: after connecting), however many bytes trickle in. An answer may take its time,
    but some of it must be read in each `timeout_seconds`. When `max_connections` are open, the
    one that has kept the service waiting longest makes room for the next. For
    `uvicorn.Config(http=…)`; the limits are those of the `settings` in the application's state.
    """

    app_state: dict[str, Settings]
    _receiving: asyncio.TimerHandle | None = None
    _sending: asyncio.TimerHandle | None = None
    _last_active = 0.0  # time.monotonic() when it connected or got its last answer

    @property
    def max_connections(self) -> int:
        """Most connections at a time."""
        return self.app_state["settings"].max_connections

    @property
    def timeout_seconds(self) -> float:
        """Longest that a request may take to come, or an answer may go unread."""
        return self.app_state["settings"].connection_timeout_seconds

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let the connection in, or refuse it when every other one is being answered."""
        super().connection_made(transport)
        self._last_active = time.monotonic()
        if len(self.connections) > self.max_connections and not self._make_room():
            message = f"All {self.max_connections} connections (max_connections) are in use."
            self._refuse(ErrorType.OVERLOADED, message, {"Retry-After": "1"})
        else:
            self._start_receiving()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop both clocks."""
        self._stop_receiving()
        self._stop_sending()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Start the clock with the first byte of a request, stop it with the last."""
        super().data_received(data)
        if not self._awaits_client():
            self._stop_receiving()
        elif self._receiving is None:
            self._start_receiving()

    def on_response_complete(self) -> None:
        """Watch that the answer is read. A pipelined request may have become the current one."""
        self._last_active = time.monotonic()
        super().on_response_complete()
        self._start_sending()
        if not self.cycle.response_complete and self._awaits_client():
            self._start_receiving()

    def pause_writing(self) -> None:
        """Watch that an answer that fills the buffer is read."""
        super().pause_writing()
        self._start_sending()

    def resume_writing(self) -> None:
        """Begin to watch anew, since something was read."""
        super().resume_writing()
        self._start_sending()

    def send_400_response(self, msg: str) -> None:
        """Refuse what h11 can't read, in the form of every error."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            message = "The request isn't valid HTTP/1.1, or its headers are too long."
            self._refuse(ErrorType.MALFORMED, message)
        else:  # the answer was given before the body had come, which is what can't be read
            self.transport.close()

    def _awaits_client(self) -> bool:
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def _make_room(self) -> bool:
        """Cut off the connection that keeps the service waiting longest, if there is one."""
        others = cast("set[GuardedProtocol]", self.connections - {self})
        open_ = [other for other in others if not other.transport.is_closing()]
        if len(open_) < self.max_connections:
            return True
        waiting = [other for other in open_ if other._awaits_client()]
        if waiting:
            min(waiting, key=lambda other: other._last_active).transport.abort()
        return bool(waiting)

    def _start_receiving(self) -> None:
        self._stop_receiving()
        self._receiving = self.loop.call_later(self.timeout_seconds, self._receiving_timed_out)

    def _stop_receiving(self) -> None:
        if self._receiving is not None:
            self._receiving.cancel()
            self._receiving = None

    def _receiving_timed_out(self) -> None:
        has_begun = bool(self.conn.trailing_data[0])
        if self.conn.our_state is h11.SEND_RESPONSE or (
            self.conn.our_state is h11.IDLE and has_begun
        ):
            self._refuse(
                ErrorType.SLOW_REQUEST,
                f"The request hasn't come within {self.timeout_seconds:g} seconds "
                "(connection_timeout_seconds).",
            )
        else:  # nothing was asked, or it was answered before the body had come
            self.transport.close()

    def _start_sending(self) -> None:
        self._stop_sending()
        unread = self.transport.get_write_buffer_size()
        if unread:
            self._sending = self.loop.call_later(self.timeout_seconds, self._check_sending, unread)

    def _stop_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _check_sending(self, unread_before: int) -> None:
        if self.transport.get_write_buffer_size() < unread_before:
            self._start_sending()
        else:
            self.transport.abort()

    def _refuse(
        self, type_: ErrorType, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer without a request and hang up."""
        error = ApiError(type_, message, headers={**(headers or {}), "Connection": "close"})
        response = OWN.response(error)
        status = HTTPStatus(response.status_code)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
        lines += [name + b": " + value for name, value in response.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(response.body)]))
        self.transport.close()
        self._start_sending()


class AbsoluteForm:
    """ASGI middleware: takes `GET http://host/path`, as HTTP demands, for `GET /path`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with the path alone."""
        if scope["type"] == "http" and scope["path"].startswith(("http://", "https://")):
            path = "/" + scope["path"].partition("://")[2].partition("/")[2]
            raw_path = b"/" + scope["raw_path"].partition(b"://")[2].partition(b"/")[2]
            scope = {**scope, "path": path, "raw_path": raw_path}
        await self._app(scope, receive, send)
