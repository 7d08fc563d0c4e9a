"""What a call may ask of whoever does the I/O. A call is a `Plan`: a generator of steps.

Each step is answered through `send`: a `Request` by an `Outcome`, a `Pause` by anything, a
`Together` by the list of what its plans returned.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
PROGRESS = "application/x-ndjson"


OnProgress = Callable[[str, int, int], None]  # stage, done, total


@dataclass(frozen=True)
class Upload:
    """A file to send: its name without folders, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Request:
    """One HTTP request, with JSON or files where it has a body; `path` is below the client's URL.

    With `on_progress` the answer is asked for as lines that tell how far it is.
    """

    method: str
    path: str
    content: bytes | None = None
    files: Sequence[Upload] = ()
    on_progress: OnProgress | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Arguments of `httpx.Client.request`."""
        headers = {} if self.content is None else {"Content-Type": "application/json"}
        if self.on_progress:
            headers["Accept"] = PROGRESS
        files = [("file", (file.name, file.data)) for file in self.files] or None
        place = {"method": self.method, "url": self.path}
        return {**place, "content": self.content, "files": files, "headers": headers}


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
