"""`make soak`: two workers under mixed load, while one is killed and the model is swapped.

Every accepted answer is compared with offline predictions; memory is sampled; in the end the service is
stopped while it has work. The exit code is 0 if everything held, 1 if not.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import psutil

from benchmarks.answers import Reference
from benchmarks.clients import Clients
from benchmarks.connection import Connection, get
from benchmarks.memory import Memory
from benchmarks.scenarios import report_sentences
from benchmarks.servers import Server, running, stop_servers_on_sigterm
from benchmarks.soak_report import Soak, write
from benchmarks.workload import Workload, read_workload
from fazhi.artifact import LAYOUT
from fazhi.classifier import Classifier
from fazhi.errors import FazhiError

_WORKERS = 2
_SENTENCES, _REPORTS = 100, 2  # each is predicted several times beforehand
_KILL_AT, _SWAP_AT, _BREAK_AT, _STEADY_AT = 0.1, 0.2, 0.3, 0.4  # of the duration
_SAMPLE_SECONDS = 1.0
_REPLACED_SECONDS, _RELOADED_SECONDS = 60.0, 60.0
_SETTINGS = {
    "FAZHI_MAX_QUEUE_TOKENS": "10000",  # small enough that a burst finds it full
    "FAZHI_CACHE_SENTENCES": "0",
    "FAZHI_SHUTDOWN_GRACE_SECONDS": "20",
}


def workers(server: Server) -> list[psutil.Process]:
    """The processes that answer: the supervisor's children, without Python's bookkeeping one."""
    children = server.tree()[1:]
    return [child for child in children if "resource_tracker" not in " ".join(_command(child))]


class Faults:
    """What happens to the service while it is under load."""

    def __init__(self, server: Server, clients: Clients, model: Path, soak: Soak) -> None:
        self._server, self._clients, self._model, self._soak = server, clients, model, soak

    async def run(self, seconds: float) -> None:
        """Each fault at its time; the last is SIGTERM, when the time is over."""
        start = time.monotonic()

        async def until(share: float) -> None:
            await asyncio.sleep(max(0.0, start + share * seconds - time.monotonic()))

        await until(_KILL_AT)
        await self._kill_worker()
        await until(_SWAP_AT)
        self._soak.swapped = await self._reload("swapped")
        await until(_BREAK_AT)
        await self._break_model()
        await until(_STEADY_AT)
        self._soak.memory.mark_steady()
        await until(1.0)
        self._soak.memory.close()
        self._clients.stopping_since = time.monotonic()
        self._soak.exit_code = await asyncio.to_thread(self._server.stop)
        self._soak.stop_seconds = time.monotonic() - self._clients.stopping_since

    async def _kill_worker(self) -> None:
        alive = workers(self._server)
        if not alive:
            raise RuntimeError("the service has no workers; see its log")
        victim = alive[0]
        start = time.monotonic()
        with self._clients.losses_allowed():
            victim.kill()
            while time.monotonic() - start < _REPLACED_SECONDS:
                await asyncio.sleep(0.1)
                pids = [w.pid for w in workers(self._server)]
                if len(pids) >= _WORKERS and victim.pid not in pids:
                    self._soak.replaced_seconds = time.monotonic() - start
                    return

    async def _break_model(self) -> None:
        graph = self._model / LAYOUT.graph
        kept = graph.with_suffix(".kept")
        graph.rename(kept)
        graph.write_bytes(b"not a graph")
        try:
            self._soak.refused = await self._reload("refused")
        finally:
            kept.replace(graph)

    async def _reload(self, outcome: str) -> int:
        """SIGHUP; how many workers say within a while that it had this outcome."""
        os.kill(self._server.process.pid, signal.SIGHUP)
        end = time.monotonic() + _RELOADED_SECONDS
        reloads = 0
        while reloads < _WORKERS and time.monotonic() < end:
            await asyncio.sleep(0.2)
            reloads = await self._reloads(outcome)
        return reloads

    async def _reloads(self, outcome: str) -> int:
        connection = await Connection.open(self._server.port)
        text = (await connection.ask(get("/metrics"))).body.decode()
        connection.close()
        name = f'fazhi_model_reloads_total{{outcome="{outcome}"}} '
        return sum(int(float(x[len(name) :])) for x in text.splitlines() if x.startswith(name))


async def _sample(server: Server, memory: Memory) -> None:
    while memory.is_open:
        for process in workers(server):
            try:
                memory.add(process.pid, process.memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        await asyncio.sleep(_SAMPLE_SECONDS)


async def _run(server: Server, clients: Clients, model: Path, soak: Soak, seconds: float) -> None:
    faults = Faults(server, clients, model, soak)
    await asyncio.gather(clients.run(), faults.run(seconds), _sample(server, soak.memory))


def run(model: Path, data: Path, output: Path, minutes: float) -> bool:
    """Soak the service, print the tables and write them; whether everything held.

    Raises:
        FazhiError: the model or corpus can't be used.
        RuntimeError: the service didn't start.
    """
    output.mkdir(parents=True, exist_ok=True)
    copy = output / "model"  # that can be broken
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(model, copy)
    whole = read_workload(data)
    workload = Workload(whole.sentences[:_SENTENCES], whole.reports[:_REPORTS])
    units = [s for text in workload.reports for s in report_sentences(text)]
    asked = [*workload.sentences, *workload.bare_sentences, *units]
    reference = Reference(Classifier.from_pretrained(model), asked)
    program = Path(sys.executable).with_name("fazhi")
    command: list[str | Path] = [program, "serve", "--workers", str(_WORKERS), "--model", copy]
    with running("fazhi", command, "/health/ready", output / "fazhi.log", _SETTINGS) as server:
        clients = Clients(server.port, reference, workload, random.Random(0))
        soak = Soak(_WORKERS, minutes, Memory())
        asyncio.run(_run(server, clients, copy, soak, 60 * minutes))
    text, is_held = write(output, soak, clients)
    print(text)
    return is_held


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--data", type=Path, required=True, help="corpus folder")
    parser.add_argument("--output", type=Path, required=True, help="folder to write into")
    parser.add_argument("--minutes", type=float, default=10)
    arguments = parser.parse_args()
    stop_servers_on_sigterm()
    try:
        is_held = run(arguments.model, arguments.data, arguments.output, arguments.minutes)
    except (FazhiError, OSError, RuntimeError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    sys.exit(0 if is_held else 1)


if __name__ == "__main__":
    main()
