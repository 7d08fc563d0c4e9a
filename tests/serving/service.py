"""A real service on a real socket, and the check of an answer against its own OpenAPI document."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from fazhi.classifier import Classifier
from serving.app import create_app
from serving.connections import GuardedProtocol
from serving.settings import Settings


@dataclass(frozen=True)
class Service:
    app: FastAPI
    address: tuple[str, int]
    client: httpx.Client

    @property
    def classifier(self) -> Classifier:
        return self.app.state.inference.classifier

    @cached_property
    def openapi(self) -> dict[str, Any]:
        return self.client.get("/openapi.json").json()

    def answer(self, response: httpx.Response, status: int = 200) -> Any:
        """The answer's JSON, once its status is the expected one and it has the documented shape."""
        assert response.status_code == status, response.text
        path, method = response.request.url.path, response.request.method.lower()
        documented = self._methods(path)[method]["responses"]
        assert str(status) in documented, f"{method} {path} doesn't document {status}"
        schema = documented[str(status)]["content"]["application/json"]["schema"]
        self.validator(schema).validate(response.json())
        return response.json()

    def _methods(self, path: str) -> dict[str, Any]:
        for template, methods in self.openapi["paths"].items():
            if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path):
                return methods
        raise AssertionError(f"{path} isn't documented")

    def post(self, path: str, body: Any) -> httpx.Response:
        """Post JSON in ASCII, so that it may hold halves of surrogate pairs."""
        headers = {"Content-Type": "application/json"}
        return self.client.post(path, content=json.dumps(body), headers=headers)

    def validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        return Draft202012Validator({**schema, "components": self.openapi["components"]})


@contextmanager
def running(settings: Settings) -> Iterator[Service]:
    """Serve in a thread; the socket listens on a free port of this machine."""
    app = create_app(settings)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    address = listener.getsockname()
    config = uvicorn.Config(
        app,
        http=GuardedProtocol,
        ws="none",
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    url = f"http://{address[0]}:{address[1]}"
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        try:
            yield Service(app, address, client)
        finally:
            server.should_exit = True
            thread.join()


def wait_until(is_true: Callable[[], bool], timeout_seconds: float = 30) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not is_true():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.02)
