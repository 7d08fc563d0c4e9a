"""When a request is tried again, and the error that its caller gets otherwise.

Tried again: 429 and 503, no sooner than `Retry-After` says, and connections that are refused
or break. All requests of this service may be repeated, since they change nothing. Not tried
again: an answer that didn't come in time (the work would only be done twice), and every other
status.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import httpx

from fazhi.client.steps import Outcome, Pause, Plan, Request
from fazhi.errors import ServiceError

_RETRIED_STATUSES = (429, 503)
_RETRIED_ERRORS = (httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError)
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 8.0
_MAX_REASON_CHARACTERS = 200
_SECONDS = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*")


def with_retries(request: Request, retry_seconds: float, now: Callable[[], float]) -> Plan[Outcome]:
    """The last outcome. No attempt starts later than `retry_seconds` after the first."""
    last_start = now() + retry_seconds
    attempt = 0
    while True:
        outcome: Outcome = yield request
        pause = pause_seconds(outcome, attempt)
        if pause is None or now() + pause > last_start:
            return outcome
        yield Pause(pause)
        attempt += 1


def pause_seconds(outcome: Outcome, attempt: int) -> float | None:
    """Seconds before the attempt after this one (the first is 0); None if there should be none.

    Random, so that clients that were refused together don't come back together.
    """
    least = 0.0
    if isinstance(outcome, httpx.Response):
        if outcome.status_code not in _RETRIED_STATUSES:
            return None
        given = _SECONDS.fullmatch(outcome.headers.get("Retry-After", ""))
        least = float(given[1]) if given else 0.0
    elif not isinstance(outcome, _RETRIED_ERRORS):
        return None
    most = min(_FIRST_PAUSE_SECONDS * 2 ** min(attempt, 16), _LONGEST_PAUSE_SECONDS)
    return least + random.uniform(0, most)


def failure(outcome: Outcome) -> ServiceError:
    """The error for an outcome that isn't the answer wanted."""
    if isinstance(outcome, httpx.Response):
        return _refusal(outcome)
    if isinstance(outcome, httpx.TimeoutException):
        reason = "no answer in time; raise timeout_seconds, or send less at once"
        return ServiceError(None, "timeout", f"{_place(outcome)}: {reason}")
    if isinstance(outcome, httpx.DecodingError):
        return unreadable(outcome, str(outcome))
    reason = " ".join(str(outcome).split()) or type(outcome).__name__
    message = f"{_place(outcome)}: {reason}; does the service run at this address?"
    return ServiceError(None, "connection", message)


def unreadable(outcome: Outcome, reason: str) -> ServiceError:
    """The error for an answer that this service doesn't give."""
    status = outcome.status_code if isinstance(outcome, httpx.Response) else None
    reason = " ".join(reason.split())[:_MAX_REASON_CHARACTERS]
    message = f"{_place(outcome)}: not an answer of fazhi's service ({reason}); check the address"
    return ServiceError(status, "unreadable", message)


def _refusal(response: httpx.Response) -> ServiceError:
    """The service's own error, or one that says that the answer has none."""
    try:
        error = response.json()["error"]
        type_, message, param = error["type"], error["message"], error.get("param")
        if not all(isinstance(text, str) for text in (type_, message, param or "")):
            raise TypeError
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return unreadable(response, f"status {response.status_code}")
    return ServiceError(response.status_code, type_, " ".join(message.split()), param)


def _place(outcome: Outcome) -> str:
    """Method and address, without a password that the address may hold."""
    return f"{outcome.request.method} {outcome.request.url.copy_with(userinfo=b'')}"
