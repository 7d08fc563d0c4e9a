"""What a call may ask of whoever does the I/O. A call is a `Plan`: a generator of steps.

Each step is answered through `send`: a `Request` by an `Outcome`, a `Pause` by anything, a
`Together` by the list of what its plans returned.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """One HTTP request, JSON where it has a body; `path` is below the client's URL."""

    method: str
    path: str
    content: bytes | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Besides those that every request of the client has."""
        return {} if self.content is None else {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Pause:
    """A wait."""

    seconds: float


@dataclass(frozen=True)
class Together:
    """Plans that don't depend on each other. The first to raise ends them all."""

    plans: Sequence[Plan[Any]]


Outcome = httpx.Response | httpx.RequestError
Plan = Generator[Request | Pause | Together, Any, T]
