"""`fazhi serve`, which `fazhi.cli` finds through the entry-point group `fazhi.commands`."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

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
    import uvicorn  # slow to import, and `fazhi classify` doesn't need it
    from pydantic import ValidationError

    from serving.app import create_app
    from serving.settings import Settings

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
    """Bind before the model is loaded, so that a taken port is known at once.

    Raises:
        OSError: with a message that names address and port.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise OSError(f"can't listen on {host}:{port}: {error.strerror or error}") from None
    return listener


def _fail(message: str) -> None:
    click.echo(f"error: {message}", err=True)
    sys.exit(2)
