"""`fazhi serve`, which `fazhi.cli` finds through the entry-point group `fazhi.commands`."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

import click

from fazhi.cli import model_option
from fazhi.errors import FazhiError

_EXAMPLE = '{"sentences": ["全年办理行政复议案件42件，纠错率7.1%。"]}'


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1, or FAZHI_HOST]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port.  [default: 8000, or FAZHI_PORT]")
@model_option
def serve(host: str | None, port: int | None, model: Path) -> None:
    """Serve the model over REST; settings come from the environment (FAZHI_…)."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:  # slow to import, and `fazhi classify` doesn't need it
        import uvicorn
        from pydantic import ValidationError

        from serving.app import create_app
        from serving.settings import Settings
    except ModuleNotFoundError as error:
        _fail(f"{error}; the service needs more packages: pip install 'fazhi[serving]'")

    given = {"model": model} | {k: v for k, v in (("host", host), ("port", port)) if v is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
        listener = _listen(settings.host, settings.port)
        app = create_app(settings)
    except ValidationError as error:
        first = error.errors()[0]
        _fail(f"FAZHI_{str(first['loc'][0]).upper()}: {first['msg']}")
    except (FazhiError, OSError) as error:
        _fail(str(error))
    address, bound_port = listener.getsockname()[:2]
    url = f"http://{f'[{address}]' if ':' in address else address}:{bound_port}"
    click.echo(
        f"fazhi is ready at {url} (API: {url}/docs)\n"
        f"try:  curl -s {url}/v1/classify -H 'Content-Type: application/json' -d '{_EXAMPLE}'"
    )
    config = uvicorn.Config(
        app, log_level="warning", timeout_graceful_shutdown=settings.shutdown_grace_seconds
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Listen before the model is loaded, so that a taken port is known at once.

    Raises:
        OSError: with a message that names address and port.
    """
    try:
        info = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, type_, protocol, _, address = info[0]
        # Without the protocol asyncio leaves Nagle's delay on: 40 ms an answer.
        listener = socket.socket(family, type_, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except (OSError, UnicodeError) as error:  # UnicodeError: a host that can't be a name
        reason = getattr(error, "strerror", None) or error
        raise OSError(f"can't listen on {host}:{port}: {reason}") from None
    return listener


def _leave(*_: object) -> None:
    """Exit with 0. Uvicorn raises a signal again after it has stopped, which ends up here.

    `os._exit`, because Python would wait for the worker, whose running call can't be stopped.
    """
    os._exit(0)


def _fail(message: str) -> NoReturn:
    click.echo(f"error: {message}", err=True)
    sys.exit(2)
