"""What is seen of every request: its id, its timings, metrics and a line in the log, without its text."""

from __future__ import annotations

import json
import logging
import random
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.metrics import Metrics

_log = logging.getLogger("fazhi.access")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


@dataclass
class Timings:
    """Of one request; `arrived_at` on the clock `time.perf_counter`, the rest in seconds."""

    arrived_at: float = field(default_factory=time.perf_counter)
    queue: float = 0.0
    tokenisation: float = 0.0
    inference: float = 0.0

    def as_milliseconds(self) -> dict[str, float]:
        """By name, `total` until now."""
        total = time.perf_counter() - self.arrived_at
        parts = {
            "queue": self.queue,
            "tokenisation": self.tokenisation,
            "inference": self.inference,
        }
        return {name: round(1000 * s, 2) for name, s in (*parts.items(), ("total", total))}


def timings_of(scope: Scope) -> Timings:
    """The timings that `Observer` keeps for a request."""
    timings: Timings = scope["state"]["timings"]
    return timings


class Observer:
    """ASGI middleware around everything else.

    Headers of every answer: `X-Request-ID`, the client's own where it sent one, and
    `Server-Timing` (W3C) in milliseconds.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _ID.fullmatch(given) else f"{random.getrandbits(128):032x}"
        timings = Timings()
        scope.setdefault("state", {}).update(timings=timings, request_id=request_id)
        status = 500

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                header = ", ".join(f"{k};dur={v}" for k, v in timings.as_milliseconds().items())
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"server-timing", header.encode()),
                ]
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, send_on)
        finally:
            self._metrics.in_flight.dec()
            self._note(scope, status, request_id, timings)

    def _note(self, scope: Scope, status: int, request_id: str, timings: Timings) -> None:
        # The template, not the path: a path may hold anything, and would make a metric of each.
        # FastAPI's route lacks the prefix with which its router was included; the context has it.
        context = scope.get("fastapi", {}).get("effective_route_context")
        route = getattr(context or scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        milliseconds = timings.as_milliseconds()
        self._metrics.requests.labels(route, method, status).inc()
        self._metrics.request_duration.labels(route).observe(milliseconds["total"] / 1000)
        if error_type := scope["state"].get("error_type"):
            self._metrics.rejected.labels(error_type).inc()
        if _log.isEnabledFor(logging.INFO):
            line = {"id": request_id, "method": method, "route": route, "status": status}
            timed = {f"{name}_ms": value for name, value in milliseconds.items()}
            _log.info("request", extra={"fields": line | timed})


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and the record's `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_configuration(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`: our lines and uvicorn's, as JSON on standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "loggers": {
            "fazhi": {"handlers": ["stderr"], "level": level.upper(), "propagate": False},
            "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "python_multipart": {"level": "CRITICAL"},  # it quotes what it can't read
        },
    }
