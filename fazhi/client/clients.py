"""`Client` and `AsyncClient`: do the steps of a call, blocking or with asyncio."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from fazhi.client.events import Events, has_events
from fazhi.client.files import read_upload
from fazhi.client.reports import ComparisonResult, ReportResult
from fazhi.client.results import ModelFacts, SentenceResult
from fazhi.client.sentences import AnySentence
from fazhi.client.service import Service
from fazhi.client.steps import OnProgress, Outcome, Pause, Plan, Request
from fazhi.taxonomy import Taxonomy

T = TypeVar("T")
_MAX_CONCURRENT_REQUESTS = 4  # of one call


class Client(Service):
    """The service, blocking. Threads may share one. Use it in a `with`, or `close` it.

    Every call raises ServiceError where the service doesn't answer as wanted.
    """

    _http: httpx.Client

    def classify(
        self, sentences: Iterable[AnySentence], threshold: float | None = None
    ) -> list[SentenceResult]:
        """Tag sentences, in order; more than the service takes at once go in several requests.

        Args:
            sentences: texts, objects with `text`, `heading_path` and perhaps `id`, or mappings as
                in the body of `POST /v1/classify`. A record's `kind` isn't looked at.
            threshold: instead of the model's own, from 0 to 1.

        Raises:
            InputError: one of `sentences` is none of these.
            ServiceError: `param` names the sentence where it is one's fault.
        """
        return self._run(self._calls.classify(sentences, threshold))

    def report(
        self,
        report: str | Path,
        name: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> ReportResult:
        """Cut a report into units, tag them, and read what it says.

        Args:
            report: its text, or the file that it is in.
            name: ids of units are `name-001`, …; by default `report`, or the file's name without
                its suffix.
            on_progress: told `(stage, done, total)` while the service works.

        Raises:
            InputError: the file can't be read.
        """
        if isinstance(report, str):
            return self._run(self._calls.report(report, name or "report", on_progress))
        file = read_upload(report, name)
        return self._run(self._calls.report_file(file, on_progress))

    def compare(
        self, paths: Iterable[Path], on_progress: OnProgress | None = None
    ) -> ComparisonResult:
        """Compare the reports in files; what the service can't read stands in `failed`.

        `on_progress` is told `(stage, done, total)` while the service works.

        Raises:
            InputError: a file can't be read here.
        """
        files = [read_upload(path, None) for path in paths]
        return self._run(self._calls.compare(files, on_progress))

    def taxonomy(self) -> Taxonomy:
        """Topics, their groups, and roles."""
        return self._run(self._calls.taxonomy())

    def model(self) -> ModelFacts:
        """The model card's facts, thresholds, and the limits of a request."""
        return self._run(self._calls.model())

    def is_ready(self) -> bool:
        """Whether the service takes work now. Asked once: False where nothing answers."""
        return self._run(self._calls.is_ready())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self, options: dict[str, Any]) -> None:
        self._http = httpx.Client(**options)

    def _run(self, plan: Plan[T]) -> T:
        done: Any = None
        while True:
            try:
                step = plan.send(done)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(step, Request):
                done = self._send(step)
            elif isinstance(step, Pause):
                self._sleep(step.seconds)
            else:
                done = [self._run(part) for part in step.plans]

    def _send(self, request: Request) -> Outcome:
        try:
            if request.on_progress is None:
                return self._http.request(**request.options)
            with self._http.stream(**request.options) as response:
                if not has_events(response):
                    response.read()
                    return response
                events = Events(request.on_progress)
                for piece in response.iter_bytes():
                    events.feed(piece)
                return events.end(response.request)
        except httpx.RequestError as error:
            return error

    def _sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class AsyncClient(Service):
    """The service, for asyncio. Use it in an `async with`, or `aclose` it.

    Calls, arguments and errors are those of `Client`.
    """

    _http: httpx.AsyncClient

    async def classify(
        self, sentences: Iterable[AnySentence], threshold: float | None = None
    ) -> list[SentenceResult]:
        """As `Client.classify`; of several requests, four are under way at once."""
        return await self._run(self._calls.classify(sentences, threshold))

    async def report(
        self,
        report: str | Path,
        name: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> ReportResult:
        """As `Client.report`."""
        if isinstance(report, str):
            return await self._run(self._calls.report(report, name or "report", on_progress))
        file = await asyncio.to_thread(read_upload, report, name)
        return await self._run(self._calls.report_file(file, on_progress))

    async def compare(
        self, paths: Iterable[Path], on_progress: OnProgress | None = None
    ) -> ComparisonResult:
        """As `Client.compare`."""
        files = [await asyncio.to_thread(read_upload, path, None) for path in paths]
        return await self._run(self._calls.compare(files, on_progress))

    async def taxonomy(self) -> Taxonomy:
        """As `Client.taxonomy`."""
        return await self._run(self._calls.taxonomy())

    async def model(self) -> ModelFacts:
        """As `Client.model`."""
        return await self._run(self._calls.model())

    async def is_ready(self) -> bool:
        """As `Client.is_ready`."""
        return await self._run(self._calls.is_ready())

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _open(self, options: dict[str, Any]) -> None:
        self._http = httpx.AsyncClient(**options)

    async def _run(self, plan: Plan[T]) -> T:
        done: Any = None
        while True:
            try:
                step = plan.send(done)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(step, Request):
                done = await self._send(step)
            elif isinstance(step, Pause):
                await self._sleep(step.seconds)
            else:
                done = await self._gather(step.plans)

    async def _send(self, request: Request) -> Outcome:
        try:
            if request.on_progress is None:
                return await self._http.request(**request.options)
            async with self._http.stream(**request.options) as response:
                if not has_events(response):
                    await response.aread()
                    return response
                events = Events(request.on_progress)
                async for piece in response.aiter_bytes():
                    events.feed(piece)
                return events.end(response.request)
        except httpx.RequestError as error:
            return error

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _gather(self, plans: Sequence[Plan[Any]]) -> list[Any]:
        free = asyncio.Semaphore(_MAX_CONCURRENT_REQUESTS)

        async def run(plan: Plan[Any]) -> Any:  # noqa: ANN401 (whatever a plan returns)
            async with free:
                return await self._run(plan)

        tasks = [asyncio.create_task(run(plan)) for plan in plans]
        try:
            return await asyncio.gather(*tasks)
        finally:  # unlike a TaskGroup, `gather` lets the others go on after the first error
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
