"""The load generator: a process of its own, so that it shares no interpreter with what it measures.

`run(load)` starts it; the load goes in as JSON on standard input and the outcome comes back on
standard output. A closed loop sends the next request of a connection when the last is answered; an
open loop sends at random times that don't wait for answers, as many independent clients do.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from itertools import count

from benchmarks.connection import Connection, post

_MAX_CONNECTIONS = 512  # of an open loop, which would go on opening them beside a stalled server


@dataclass(frozen=True)
class Load:
    """Which requests to send. `rate_per_second` makes it an open loop; `concurrency` is then unused."""

    port: int
    path: str
    bodies: list[str]  # JSON; sent in turn
    seconds: float
    concurrency: int = 1
    rate_per_second: float | None = None


@dataclass(frozen=True)
class Outcome:
    """`latencies_ms` of the answers with status 200; an open loop's count from the planned time.

    `seconds` last until the final answer. `statuses` by their number as text; "0": connection lost.
    """

    latencies_ms: list[float]
    statuses: dict[str, int]
    seconds: float
    cpu_seconds: float

    @property
    def throughput(self) -> float:
        """Requests a second that were answered with 200."""
        return len(self.latencies_ms) / self.seconds

    @property
    def failures(self) -> int:
        """Requests with another answer, or none."""
        return sum(self.statuses.values()) - len(self.latencies_ms)

    @property
    def client_cpu_ms(self) -> float:
        """CPU time that the generator itself took for a request, in milliseconds."""
        return 1000 * self.cpu_seconds / max(sum(self.statuses.values()), 1)


def run(load: Load) -> Outcome:
    """Send the load from another process.

    Raises:
        RuntimeError: the generator failed, for example because nothing listens on the port.
    """
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise RuntimeError(f"load on port {load.port}{load.path}: {reason}")
    return Outcome(**json.loads(result.stdout))


class _Generator:
    """Sends a load and remembers what came back."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._requests = [post(load.path, body.encode()) for body in load.bodies]
        self._next = count()
        self._latencies_ms: list[float] = []
        self._statuses: dict[str, int] = {}

    async def run(self) -> Outcome:
        before = time.process_time()
        start = time.perf_counter()
        if self._load.rate_per_second is None:
            end = start + self._load.seconds
            await asyncio.gather(*(self._client(end) for _ in range(self._load.concurrency)))
        else:
            await self._open_loop(start, self._load.rate_per_second)
        return Outcome(
            self._latencies_ms,
            self._statuses,
            time.perf_counter() - start,
            time.process_time() - before,
        )

    async def _client(self, end: float) -> None:
        connection = await Connection.open(self._load.port)
        while (now := time.perf_counter()) < end:
            if not connection.is_open:
                connection = await Connection.open(self._load.port)
            await self._ask(connection, now)
        connection.close()

    async def _open_loop(self, start: float, rate_per_second: float) -> None:
        """Poisson arrivals; each takes an idle connection or opens one."""
        chance = random.Random(0)
        idle: list[Connection] = []
        tasks: set[asyncio.Task[None]] = set()

        async def one(planned: float) -> None:
            connection = idle.pop() if idle else await Connection.open(self._load.port)
            await self._ask(connection, planned)
            if connection.is_open:
                idle.append(connection)

        planned = start
        while (planned := planned + chance.expovariate(rate_per_second)) < (
            start + self._load.seconds
        ):
            await asyncio.sleep(planned - time.perf_counter())
            tasks = {task for task in tasks if not task.done()}
            if len(tasks) >= _MAX_CONNECTIONS:
                raise RuntimeError(
                    f"{len(tasks)} requests wait; the server is slower than the load"
                )
            tasks.add(asyncio.create_task(one(planned)))
        await asyncio.gather(*tasks)
        for connection in idle:
            connection.close()

    async def _ask(self, connection: Connection, since: float) -> None:
        response = await connection.ask(self._requests[next(self._next) % len(self._requests)])
        key = str(response.status)
        self._statuses[key] = self._statuses.get(key, 0) + 1
        if response.status == 200:
            self._latencies_ms.append(1000 * (time.perf_counter() - since))


def main() -> None:
    """Load on standard input → outcome on standard output."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 2 * _MAX_CONNECTIONS), hard), hard))
    load = Load(**json.load(sys.stdin))
    json.dump(asdict(asyncio.run(_Generator(load).run())), sys.stdout)


if __name__ == "__main__":
    main()
