"""Answers of long work: JSON, or lines that tell how far it is where the client asks for them.

With `Accept: application/x-ndjson` the answer is one JSON object a line:
`{"event": "progress", "stage", "done", "total"}`, as often as the client reads them, and last
`{"event": "result", …the answer…}` or `{"event": "error", "status", "error"}`. What fails before the
first line has the status that it has without lines.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from serving.errors import FAULT, OWN, ApiError, ClientGoneError, ErrorType, stopping

MEDIA_TYPE = "application/x-ndjson"


class Progress:
    """How far the work of a request is; only the latest is kept. Used on the event loop."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self._latest: dict[str, Any] | None = None

    def tell(self, stage: str, done: int, total: int) -> None:
        """`stage` is `reading` (reports) or `tagging` (sentences)."""
        self._latest = {"event": "progress", "stage": stage, "done": done, "total": total}
        self.changed.set()

    def take(self) -> dict[str, Any] | None:
        """What hasn't been taken yet, if anything."""
        self.changed.clear()
        latest, self._latest = self._latest, None
        return latest


async def answer(request: Request, work: Callable[[Progress], Awaitable[bytes]]) -> Response:
    """The answer that `work` makes, a JSON object in UTF-8, in the form that the client asks for."""
    if MEDIA_TYPE not in request.headers.get("accept", "").lower():
        return Response(await work(Progress()), media_type="application/json")
    lines = _lines(request, work)
    return _Lines(await anext(lines), lines)


class _Lines(Response):
    """Sends lines as they come.

    Unlike StreamingResponse it doesn't listen for the end of the client, since the work does.
    """

    media_type = MEDIA_TYPE

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._first, self._rest = first, rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        await send(_body(self._first))
        async with aclosing(self._rest):
            async for line in self._rest:
                await send(_body(line))
        await send({"type": "http.response.body"})


def _body(line: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": line, "more_body": True}


async def _lines(
    request: Request, work: Callable[[Progress], Awaitable[bytes]]
) -> AsyncGenerator[bytes]:
    progress = Progress()
    task = asyncio.ensure_future(work(progress))
    task.add_done_callback(lambda _: progress.changed.set())
    has_begun = False
    try:
        while not task.done():
            await progress.changed.wait()
            if event := progress.take():
                has_begun = True
                yield json.dumps(event).encode() + b"\n"
        yield b'{"event":"result",' + task.result().removeprefix(b"{") + b"\n"
    except (ApiError, asyncio.CancelledError) as error:  # cancelled at the end of the grace period
        failure = error if isinstance(error, ApiError) else stopping()
        if not has_begun:
            raise failure from None
        yield _error(request, failure)
    except ClientGoneError:
        if not has_begun:
            raise
    except Exception:
        if has_begun:
            yield _error(request, ApiError(ErrorType.INTERNAL, FAULT))
        raise
    finally:
        task.cancel()
        await asyncio.wait([task])  # so that whatever it raises has been seen


def _error(request: Request, error: ApiError) -> bytes:
    """The last line; counted and noted as an error that has a status."""
    request.state.error_type = error.type.value
    body = {"event": "error", "status": OWN.status(error.type)}
    body |= OWN.render(error).model_dump(exclude_none=True)
    return json.dumps(body, ensure_ascii=False).encode() + b"\n"
