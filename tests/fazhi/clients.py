"""Clients whose pauses take no time, and a server that does what it is told."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fazhi.client import AsyncClient, Client


@dataclass
class Waits:
    """The time of a client whose pauses take none."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def add(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)


class PatientClient(Client):
    def __init__(self, waits: Waits, *args: Any, **options: Any) -> None:
        self.waits = waits
        super().__init__(*args, **options)

    def _now(self) -> float:
        return self.waits.now

    def _sleep(self, seconds: float) -> None:
        self.waits.add(seconds)


class PatientAsyncClient(AsyncClient):
    def __init__(self, waits: Waits, *args: Any, **options: Any) -> None:
        self.waits = waits
        super().__init__(*args, **options)

    def _now(self) -> float:
        return self.waits.now

    async def _sleep(self, seconds: float) -> None:
        self.waits.add(seconds)


class Blocking:
    """An `AsyncClient` that a test can use as if it were a `Client`."""

    def __init__(self, client: PatientAsyncClient, runner: asyncio.Runner) -> None:
        self.waits, self._client, self._runner = client.waits, client, runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **options: self._runner.run(
            getattr(self._client, name)(*args, **options)
        )


class Server:
    """Deals with the n-th request as `script[n]` says, and with later ones as the last of it does.

    A script's line is a status, headers and body, or a function of the request's handler.
    """

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.is_over = threading.Event()
        lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with lock:
                    line = server.script[min(len(server.requests), len(server.script) - 1)]
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    server.requests.append((self.command, self.path, headers, body))
                line(self) if callable(line) else answer(self, *line)

            do_POST = do_GET  # noqa: N815 (the names that the base class wants)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Server:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def answer(
    handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: Any
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(content)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


def refusal(
    status: int, type_: str = "some_type", param: str | None = None, **headers: str
) -> tuple[int, dict[str, str], Any]:
    error = {"type": type_, "message": "Not\nnow."} | ({"param": param} if param else {})
    return status, {k.replace("_", "-"): v for k, v in headers.items()}, {"error": error}


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def write(content: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: handler.wfile.write(content) and None


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
