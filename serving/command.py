"""`fazhi serve`, which `fazhi.cli` finds through the entry-point group `fazhi.commands`."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from fazhi.artifact import Artifact
from fazhi.cli import model_option
from fazhi.errors import FazhiError

if TYPE_CHECKING:
    from serving.settings import Settings

_EXAMPLE = '{"sentences": ["全年办理行政复议案件42件，纠错率7.1%。"]}'


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1, or FAZHI_HOST]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port.  [default: 8000, or FAZHI_PORT]")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Processes.  [default: one for every four CPUs, or FAZHI_WORKERS]",
)
@model_option
def serve(host: str | None, port: int | None, workers: int | None, model: Path) -> None:
    """Serve the model over REST; settings come from the environment (FAZHI_…)."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # no end: until it serves it has nothing to reload
    try:  # slow to import, and `fazhi classify` doesn't need it
        from pydantic import ValidationError

        from serving.settings import Settings
        from serving.supervisor import serve_with_workers
    except ModuleNotFoundError as error:
        _fail(f"{error}; the service needs more packages: pip install 'fazhi[serving]'")

    options = {"model": model, "host": host, "port": port, "workers": workers}
    try:
        settings = Settings(**{k: v for k, v in options.items() if v is not None})  # type: ignore[arg-type]
        _check_access(settings)
        listener = _listen(settings.host, settings.port)
        if settings.n_workers > 1:
            Artifact.load(settings.model)  # refused here, in one line, rather than by every worker
            serve_with_workers(settings, listener, lambda: _announce(listener))
        else:
            _serve_here(settings, listener)
    except ValidationError as error:
        first = error.errors()[0]
        _fail(f"FAZHI_{str(first['loc'][0]).upper()}: {first['msg']}")
    except (FazhiError, OSError, ValueError) as error:
        _fail(str(error))


def _serve_here(settings: Settings, listener: socket.socket) -> None:
    import uvicorn

    from serving.app import create_app
    from serving.server import uvicorn_config

    app = create_app(settings)
    _announce(listener)
    uvicorn.Server(uvicorn_config(settings, app)).run(sockets=[listener])


def _announce(listener: socket.socket) -> None:
    address, port = listener.getsockname()[:2]
    url = f"http://{f'[{address}]' if ':' in address else address}:{port}"
    click.echo(
        f"fazhi is ready at {url} (API: {url}/docs)\n"
        f"try:  curl -s {url}/v1/classify -H 'Content-Type: application/json' -d '{_EXAMPLE}'"
    )


def _check_access(settings: Settings) -> None:
    """Refuse to serve everybody by oversight.

    Raises:
        ValueError: others can reach the address, there are no keys, and that isn't said to be meant.
    """
    from serving.auth import read_keys

    if read_keys(settings) or settings.allow_anonymous or _is_loopback(settings.host):
        return
    raise ValueError(
        f"{settings.host} can be reached from other machines: set FAZHI_API_KEYS or "
        "FAZHI_API_KEYS_FILE, or FAZHI_ALLOW_ANONYMOUS=1 if everybody may call"
    )


def _is_loopback(host: str) -> bool:
    try:
        infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True  # it can't be listened on either, which is said next
    return all(ipaddress.ip_address(str(info[4][0])).is_loopback for info in infos)


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
