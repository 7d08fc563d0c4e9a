"""Servers as real processes on this machine: start, wait until ready, pause, measure, stop."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

_START_SECONDS = 300  # torch servers compile or warm up first
_STOP_SECONDS = 30


@dataclass
class Server:
    """A running process and its children; `ready_seconds` from its start to its first good answer."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    ready_seconds: float

    def pause(self) -> None:
        """Stop all its threads, so that an idle server takes no CPU time from the one measured."""
        for process in self.tree():
            process.suspend()

    def resume(self) -> None:
        """Let it go on."""
        for process in self.tree():
            process.resume()

    def tree(self) -> list[psutil.Process]:
        """The process and all below it; empty once it has ended."""
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def largest_bytes(self) -> int:
        """Resident memory of its largest process, a worker."""
        return max(int(process.memory_info().rss) for process in self.tree())

    def stop(self) -> int:
        """SIGTERM, and SIGKILL where that takes too long; the exit code, negative for a signal."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for process in reversed(self.tree()):
                process.kill()
            return self.process.wait()


def stop_servers_on_sigterm() -> None:
    """Let SIGTERM unwind the stack, which stops the servers; else they would outlive this process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(
    name: str,
    command: Sequence[str | Path],
    ready_path: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Start `command --port N`, wait until `ready_path` answers 200, and stop it in the end.

    Raises:
        RuntimeError: it ended or didn't get ready; names the log.
    """
    port = free_port()
    start = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    server = Server(name, port, process, 0.0)
    try:
        while not _answers(port, ready_path):
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with {process.returncode}; see {log}")
            if time.monotonic() - start > _START_SECONDS:
                raise RuntimeError(f"{name} isn't ready after {_START_SECONDS} s; see {log}")
            time.sleep(0.01)
        server.ready_seconds = time.monotonic() - start
        yield server
    finally:
        if process.poll() is None:
            server.resume()
            server.stop()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
