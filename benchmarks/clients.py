"""The clients of the soak: good ones, impatient ones and bad ones, each in its own loop."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from benchmarks.answers import Reference
from benchmarks.connection import LOST, Connection, HangUp, Response, post
from benchmarks.hostile import REQUESTS
from benchmarks.scenarios import report_sentences
from benchmarks.workload import Workload
from fazhi.encoding import Sentence

_OVERLOADED, _NOT_READY, _TIMEOUT = 429, 503, 504
_GOOD = {200, _OVERLOADED}
_ALLOWED = {
    "single": _GOOD,
    "batch": _GOOD,
    "report": _GOOD,
    "burst": _GOOD,
    "deadline": _GOOD | {_TIMEOUT},
    "slow": _GOOD | {LOST},  # a server may cut off who takes so long
    "hang-up": {LOST},
    "hostile": {LOST, 200, 400, 404, 405, 413, 415, 422, _OVERLOADED},
}
_CLIENTS = {"single": 6, "batch": 2, "report": 1, "deadline": 2, "slow": 2, "hang-up": 2}
_CLIENTS |= {"hostile": 1, "burst": 1}
_BATCH = 40  # sentences at most
_BURST = (24, 50)  # requests at once, sentences in each: more than the queue of the soak takes
_BURST_PAUSE_SECONDS = 15.0
_PATIENCE_SECONDS = 10.0  # of a client that has closed its half
_STOP_MARGIN_SECONDS = 0.5  # what was sent so shortly before SIGTERM may not have been read yet


class Clients:
    """Counts of what happened by kind of client and status, and everything that was wrong."""

    def __init__(
        self, port: int, reference: Reference, workload: Workload, chance: random.Random
    ) -> None:
        self.counts: Counter[tuple[str, int]] = Counter()
        self.checked = 0
        self.faults: list[str] = []
        self.stopping_since = float("inf")  # time.monotonic() of SIGTERM
        self._port, self._reference, self._chance = port, reference, chance
        self._sentences: Sequence[Sentence] = (*workload.sentences, *workload.bare_sentences)
        self._reports = [(text, report_sentences(text)) for text in workload.reports]
        self._may_lose: list[tuple[float, float]] = []

    async def run(self) -> None:
        """Every client until SIGTERM has been sent."""
        kinds: dict[str, Callable[[Connection], Awaitable[None]]] = {
            "single": self._single,
            "batch": self._batch,
            "report": self._report,
            "deadline": self._deadline,
            "slow": self._slow,
            "hang-up": self._hang_up,
            "hostile": self._hostile,
        }
        loops = [
            self._loop(kinds[kind])
            for kind, n in _CLIENTS.items()
            if kind in kinds
            for _ in range(n)
        ]
        await asyncio.gather(*loops, self._bursts())

    @contextmanager
    def losses_allowed(self) -> Iterator[None]:
        """While a worker is killed, its connections break."""
        self._may_lose.append((time.monotonic(), float("inf")))
        yield
        self._may_lose[-1] = (self._may_lose[-1][0], time.monotonic())

    async def _loop(self, ask: Callable[[Connection], Awaitable[None]]) -> None:
        connection: Connection | None = None
        while self.stopping_since == float("inf"):
            try:
                if connection is None or not connection.is_open:
                    connection = await Connection.open(self._port)
                await ask(connection)
            except OSError as error:
                self._note("connect", LOST, time.monotonic(), str(error))
                await asyncio.sleep(0.1)
        if connection is not None:
            connection.close()

    async def _single(self, connection: Connection) -> None:
        await self._classify("single", connection, [self._chance.choice(self._sentences)])

    async def _batch(self, connection: Connection) -> None:
        sentences = self._chance.sample(self._sentences, self._chance.randint(2, _BATCH))
        await self._classify("batch", connection, sentences)

    async def _deadline(self, connection: Connection) -> None:
        sentences = self._chance.sample(self._sentences, self._chance.randint(1, _BATCH))
        timeout_ms = str(self._chance.randint(1, 300))
        await self._classify("deadline", connection, sentences, X_Request_Timeout_Ms=timeout_ms)

    async def _report(self, connection: Connection) -> None:
        text, sentences = self._chance.choice(self._reports)
        body = json.dumps({"text": text}).encode()
        response = await self._ask("report", connection, post("/v1/reports", body))
        if response.status == 200:
            units = [u for u in json.loads(response.body)["units"] if u["kind"] != "meta"]
            self._check("report", sentences, units)

    async def _slow(self, connection: Connection) -> None:
        raw = post("/v1/classify", _body([self._chance.choice(self._sentences)]))
        since = time.monotonic()
        for at in range(0, len(raw), 16):
            if not connection.is_open or self.stopping_since < float("inf"):
                return
            connection.send(raw[at : at + 16])
            await asyncio.sleep(0.1)
        self._note("slow", (await connection.receive()).status, since)

    async def _hang_up(self, connection: Connection) -> None:
        sentences = self._chance.sample(self._sentences, self._chance.randint(1, _BATCH))
        raw = post("/v1/classify", _body(sentences))
        connection.send(raw[: self._chance.choice((len(raw), len(raw) // 2))])
        await asyncio.sleep(self._chance.uniform(0, 0.1))
        connection.hang_up(self._chance.choice(list(HangUp)))
        patience_until = time.monotonic() + _PATIENCE_SECONDS
        while connection.is_open and time.monotonic() < patience_until:
            await asyncio.sleep(0.05)
        connection.hang_up(HangUp.RESET)
        self._note("hang-up", LOST, time.monotonic())

    async def _hostile(self, connection: Connection) -> None:
        await self._ask("hostile", connection, self._chance.choice(REQUESTS))
        await asyncio.sleep(0.05)

    async def _bursts(self) -> None:
        while self.stopping_since == float("inf"):
            connections = await asyncio.gather(
                *(Connection.open(self._port) for _ in range(_BURST[0])), return_exceptions=True
            )
            usable = [c for c in connections if isinstance(c, Connection)]
            asked = [self._chance.sample(self._sentences, _BURST[1]) for _ in usable]
            await asyncio.gather(
                *(self._classify("burst", c, s) for c, s in zip(usable, asked, strict=True))
            )
            for connection in usable:
                connection.close()
            pause_until = time.monotonic() + _BURST_PAUSE_SECONDS
            while time.monotonic() < pause_until and self.stopping_since == float("inf"):
                await asyncio.sleep(0.2)

    async def _classify(
        self, kind: str, connection: Connection, sentences: Sequence[Sentence], **headers: str
    ) -> None:
        raw = post("/v1/classify", _body(sentences), **headers)
        response = await self._ask(kind, connection, raw)
        if response.status == 200:
            self._check(kind, sentences, json.loads(response.body)["results"])

    async def _ask(self, kind: str, connection: Connection, raw: bytes) -> Response:
        since = time.monotonic()
        response = await connection.ask(raw)
        self._note(kind, response.status, since, response.body[:200].decode("utf-8", "replace"))
        if response.status == _OVERLOADED and not response.headers.get("retry-after", "").isdigit():
            self.faults.append(f"{kind}: 429 without Retry-After")
        return response

    def _note(self, kind: str, status: int, since: float, details: str = "") -> None:
        """Count an outcome of a request sent at `since`; one that mustn't be is a fault."""
        self.counts[kind, status] += 1
        if status in _ALLOWED.get(kind, ()):
            return
        is_stopping = since > self.stopping_since - _STOP_MARGIN_SECONDS
        now = time.monotonic()
        may_lose = any(start <= now and since <= end for start, end in self._may_lose)
        if status in (LOST, _NOT_READY) and (is_stopping or (may_lose and status == LOST)):
            return
        self.faults.append(f"{kind}: {status or 'connection lost'} {details}".rstrip())

    def _check(
        self, kind: str, asked: Sequence[Sentence], answers: Sequence[dict[str, object]]
    ) -> None:
        if len(asked) != len(answers):
            self.faults.append(f"{kind}: {len(answers)} answers to {len(asked)} sentences")
            return
        for sentence, answer in zip(asked, answers, strict=True):
            self.checked += 1
            fault = self._reference.fault(sentence, answer)
            if fault:
                self.faults.append(f"{kind}: wrong answer: {fault}")


def _body(sentences: Sequence[Sentence]) -> bytes:
    items = [{"text": s.text, "heading_path": list(s.heading_path)} for s in sentences]
    return json.dumps({"sentences": items}).encode()
