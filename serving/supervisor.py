"""Several worker processes on one address: started together, watched, replaced when they die."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from socket import socket

import uvicorn
from prometheus_client import multiprocess
from uvicorn.supervisors import Multiprocess

from fazhi.errors import FazhiError
from serving.metrics import FOLDER_VARIABLE
from serving.server import START_SECONDS, uvicorn_config
from serving.settings import Settings


def serve_with_workers(settings: Settings, listener: socket, on_ready: Callable[[], None]) -> None:
    """Run until SIGTERM or SIGINT; `on_ready` is called once, when every worker answers.

    SIGHUP goes on to the workers, each of which swaps its model.
    """
    with tempfile.TemporaryDirectory(prefix="fazhi-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder  # inherited by the workers, which must see it first
        os.environ.update(_environment(settings))
        config = uvicorn_config(settings, "serving.supervisor:worker_app", factory=True)
        _Supervisor(config, [listener], on_ready).run()


def worker_app() -> object:
    """What each worker process runs; its settings come through the environment."""
    from serving.app import create_app

    try:
        return create_app(Settings())  # type: ignore[call-arg]
    except (FazhiError, ValueError) as error:  # the others go on; this one is tried again
        logging.getLogger("fazhi.worker").error("the worker can't start: %s", error)
        sys.exit(1)


def _environment(settings: Settings) -> dict[str, str]:
    """The options of the command line, as the variables that the workers read."""
    return {
        "FAZHI_MODEL": str(settings.model),
        "FAZHI_HOST": settings.host,
        "FAZHI_PORT": str(settings.port),
        "FAZHI_WORKERS": str(settings.n_workers),
    }


class _Supervisor(Multiprocess):
    """uvicorn's, but that SIGHUP swaps models inside the workers: no connection is lost by it."""

    def __init__(
        self, config: uvicorn.Config, sockets: list[socket], on_ready: Callable[[], None]
    ) -> None:
        super().__init__(config, sockets)
        self._on_ready = on_ready

    def init_processes(self) -> None:
        super().init_processes()
        if all(process.wait_until_ready(START_SECONDS) for process in self.processes):
            self._on_ready()
        elif not self.signal_queue:  # else it was told to stop meanwhile
            self.terminate_all()
            raise FazhiError("a worker can't start; its line in the log says why")

    def handle_hup(self) -> None:
        for process in self.processes:
            if process.pid is not None and process.process.is_alive():
                os.kill(process.pid, signal.SIGHUP)

    def keep_subprocess_alive(self) -> None:
        known = [process.pid for process in self.processes]
        super().keep_subprocess_alive()
        for pid in set(known) - {process.pid for process in self.processes}:
            multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]

    def terminate_all(self) -> None:
        for listener in self.sockets:  # else connections would queue up where nobody accepts them
            listener.close()
        super().terminate_all()
