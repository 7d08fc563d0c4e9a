"""`fazhi serve` as a process of its own, and reading what a service measured."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from fazhi.artifact import LAYOUT, write_manifest
from tests.serving.service import wait_until

FAZHI = Path(sys.executable).with_name("fazhi")
START_SECONDS = 120  # on a machine that is busy with something else
SECRET = "绝密语句甲乙丙"


def environment(**variables: object) -> dict[str, str]:
    """This process's environment without its own FAZHI variables."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FAZHI_")}
    return {**kept, "FAZHI_THREADS": "1", **{k: str(v) for k, v in variables.items()}}


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def announcement(self) -> list[str]:
        return (self.folder / "stdout").read_text("utf-8").splitlines()

    @property
    def log(self) -> str:
        return (self.folder / "stderr").read_text("utf-8")

    @property
    def url(self) -> str:
        found = re.search(r"http://\S+:\d+", self.announcement[0])
        assert found, self.announcement
        return found.group()

    @property
    def workers(self) -> set[int]:
        """Ids of the worker processes that live."""
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(self.process.pid).children()
            return {child.pid for child in children if _is_worker(child)}
        return set()

    def client(self, *, keeps_connection: bool = True) -> httpx.Client:
        """One that keeps none opens a connection for each request, which any worker may get."""
        limits = httpx.Limits(max_keepalive_connections=None if keeps_connection else 0)
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False, limits=limits)


def _is_worker(process: psutil.Process) -> bool:
    """Not multiprocessing's resource tracker, nor one that has ended and waits to be noticed."""
    try:
        is_alive = process.status() != psutil.STATUS_ZOMBIE
        return is_alive and "spawn_main" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


@contextmanager
def serving(folder: Path, *arguments: object, **variables: object) -> Iterator[Running]:
    """Start the command, wait for its two lines or its end, and leave no process behind."""
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        command = [FAZHI, "serve", *map(str, arguments)]
        environ = environment(**variables)
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr, env=environ)
    service = Running(process, folder)
    try:
        wait_until(
            lambda: len(service.announcement) == 2 or process.poll() is not None, START_SECONDS
        )
        yield service
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            supervisor = psutil.Process(process.pid)
            supervisor.suspend()  # so that it replaces none of its workers
            for child in supervisor.children():
                child.kill()
        process.kill()
        process.wait()


def refuse(*arguments: object, **variables: object) -> str:
    """The one line of a start that fails."""
    done = subprocess.run(
        [FAZHI, "serve", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=START_SECONDS,
        env=environment(**variables),
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and done.stderr.endswith("\n")
    assert done.stderr.count("\n") == 1
    return done.stderr.strip()


def ask(url: str, text: str) -> httpx.Response:
    return httpx.post(f"{url}/v1/reports", json={"text": text}, timeout=120, trust_env=False)


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def release(source: Path, folder: Path, version: str) -> Path:
    """Make `folder` the model of `source` under another version, as a deployment would."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    config = folder / LAYOUT.config
    config.write_text(json.dumps({**json.loads(config.read_text()), "version": version}))
    write_manifest(folder)
    return folder


def measured(client: httpx.Client, name: str, /, **labels: str) -> float:
    """Sum of a metric's samples that have these labels."""
    text = client.get("/metrics").text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )
