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
from typing import TypedDict, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.errors import OWN, ApiError, ErrorType
from serving.metrics import Metrics
from serving.settings import Settings


class State(TypedDict):
    """What the application's lifespan hands to connections, which see nothing else of it."""

    settings: Settings
    metrics: Metrics


_MAX_HEAD_BYTES = 64 * 1024  # of a request's first line and headers; the parser has no limit


class GuardedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol with two clocks, for receiving and for sending, and a place limit.

    A request must have come whole `timeout_seconds` after its first byte (the first of a
    connection: after connecting), however many bytes trickle in. An answer may take its time,
    but some of it must be read in each `timeout_seconds`. When `max_connections` are open, the
    one that has kept the service waiting longest makes room for the next. For
    `uvicorn.Config(http=…)`; the limits are those of the `settings` in the application's state.
    """

    app_state: State  # type: ignore[assignment]
    _receiving: asyncio.TimerHandle | None = None
    _sending: asyncio.TimerHandle | None = None
    _last_active = 0.0  # time.monotonic() when it connected or got its last answer
    _head_bytes: int | None = None  # of a request whose headers haven't all come; None: no such
    _is_unreadable = False  # what comes behind the requests that are still being answered

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
        if self._is_unreadable or self.transport.is_closing():
            return
        super().data_received(data)
        if self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > _MAX_HEAD_BYTES:
                self.send_400_response("")
        if not self._awaits_client():
            self._stop_receiving()
        elif self._receiving is None:
            self._start_receiving()

    def on_message_begin(self) -> None:
        """Called by the parser at the first byte of a request."""
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Called by the parser. What it raises makes the request unreadable.

        Raises:
            ValueError: no host, which HTTP/1.1 demands.
        """
        self._head_bytes = None
        has_host = any(name == b"host" for name, _ in self.headers)
        if not has_host and self.parser.get_http_version() != "1.0":
            raise ValueError("no Host header")
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Watch that the answer is read, and that what has begun to come behind it comes."""
        self._last_active = time.monotonic()
        super().on_response_complete()
        self._start_sending()
        if self._is_unreadable and self.cycle.response_complete:
            self._refuse_unreadable()
        elif (self.cycle.more_body or self._head_bytes is not None) and self._awaits_client():
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
        """Refuse what the parser can't read, after the requests before it have been answered."""
        self._is_unreadable = True
        cycle = self.cycle
        if cycle is None or cycle.response_complete or (cycle.more_body and not self.pipeline):
            self._refuse_unreadable()

    def _refuse_unreadable(self) -> None:
        if self.cycle is not None and self.cycle.more_body and self.cycle.response_started:
            self.transport.close()  # it is its body, and it has been answered already
            return
        message = "The request isn't valid HTTP/1.1, or its headers are too long."
        self._refuse(ErrorType.MALFORMED, message)

    def _awaits_client(self) -> bool:
        cycle = self.cycle
        return not self.pipeline and (cycle is None or cycle.response_complete or cycle.more_body)

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
        cycle = self.cycle
        is_body_missing = cycle is not None and cycle.more_body and not cycle.response_started
        if is_body_missing or self._head_bytes is not None:
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
        self.app_state["metrics"].rejected.labels(type_.value).inc()
        error = ApiError(type_, message, headers={**(headers or {}), "Connection": "close"})
        response = OWN.response(error)
        status = HTTPStatus(response.status_code)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
        lines += [name + b": " + value for name, value in response.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(response.body)]))
        self.transport.close()
        self._start_sending()
