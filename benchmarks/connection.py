"""One HTTP/1.1 keep-alive connection with as little Python as will do.

A full client would take more CPU time than the answer that it waits for, on the same cores.
Knows bodies with a length, and those that last until the connection ends; no chunks, which none of
the servers measured here sends.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum

LOST = 0  # stands for a status where the connection broke before an answer


@dataclass(frozen=True)
class Response:
    """An answer; header names in lower case. Status `LOST`: there was none."""

    status: int
    headers: dict[str, str]
    body: bytes


class HangUp(Enum):
    """How a client leaves: orderly, at once, or by closing only its own half."""

    CLOSE = "close"
    RESET = "reset"
    HALF_CLOSE = "half-close"


class Connection(asyncio.Protocol):
    """Sends one request at a time and hands back its answer."""

    def __init__(self) -> None:
        self.is_open = False
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[Response] | None = None

    @classmethod
    async def open(cls, port: int) -> Connection:
        """Connect to a server on this machine.

        Raises:
            OSError: nothing listens there.
        """
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", port)
        return connection

    def send(self, raw: bytes) -> None:
        """Write bytes as they are; what comes back is the next answer of `receive`."""
        assert self._transport is not None
        self._transport.write(raw)

    async def receive(self) -> Response:
        """The next answer; `LOST` where the connection ends first."""
        if not self.is_open:
            return Response(LOST, {}, b"")
        self._answer = asyncio.get_running_loop().create_future()
        self._complete()
        return await self._answer

    async def ask(self, raw: bytes) -> Response:
        """Send a whole request and wait for its answer."""
        if self.is_open:
            self.send(raw)
        return await self.receive()

    def close(self) -> None:
        """Leave in order."""
        self.hang_up(HangUp.CLOSE)

    def hang_up(self, how: HangUp) -> None:
        """Leave; nothing happens where the other side has left already."""
        if self._transport is None or not self.is_open:
            return
        if how is HangUp.CLOSE:
            self._transport.close()
        elif how is HangUp.RESET:
            self._transport.abort()
        elif not self._transport.is_closing():
            self._transport.write_eof()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._received += data
        self._complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self.is_open = False
        self._complete()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Response(LOST, {}, b""))

    def _complete(self) -> None:
        """Hand over the answer once all of it is here."""
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0 or self._answer is None or self._answer.done():
            return
        status_line, *lines = self._received[:head_end].decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        if "transfer-encoding" in headers:
            self._answer.set_exception(ValueError(f"an answer in chunks: {status_line}"))
            return
        length = headers.get("content-length")
        if length is None and self.is_open:
            return
        end = head_end + 4 + int(length) if length is not None else len(self._received)
        if len(self._received) < end:
            return
        body = bytes(self._received[head_end + 4 : end])
        del self._received[:end]
        self._answer.set_result(Response(int(status_line.split(" ", 2)[1]), headers, body))


def post(path: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a POST with a JSON body; `X_Name="v"` gives the header `X-Name: v`."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def get(path: str) -> bytes:
    """The bytes of a GET."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode("latin-1")
