"""How uvicorn runs the application, in this process or in a worker."""

from __future__ import annotations

import uvicorn

from serving.connections import GuardedProtocol
from serving.observation import log_configuration
from serving.settings import Settings

START_SECONDS = 60  # that a worker may take to load the model and answer


def uvicorn_config(settings: Settings, app: object, *, factory: bool = False) -> uvicorn.Config:
    """For `app`, or for the import string of a `factory` that makes it."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        factory=factory,
        workers=settings.n_workers,
        loop="uvloop",
        http=GuardedProtocol,
        ws="none",  # there is none here, and it would leave the guard
        access_log=False,
        log_config=log_configuration(settings.log_level),
        timeout_graceful_shutdown=settings.shutdown_grace_seconds,
        timeout_worker_healthcheck=START_SECONDS,
    )
