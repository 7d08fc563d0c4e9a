"""The model that answers: requests in, predictions out, and swapping it while requests run."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, TypeVar

import numpy as np
from fastapi import Depends, Header, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from fazhi.classifier import Classifier, Logits, Prediction
from fazhi.encoding import EncodedSentence, Sentence
from fazhi.errors import ArtifactError
from serving.batching import Batcher, QueueFullError, Row
from serving.errors import ApiError, ClientGoneError, ErrorType, overloaded, stopping
from serving.metrics import Metrics
from serving.observation import Timings, timings_of
from serving.settings import Settings

T = TypeVar("T")

_log = logging.getLogger("fazhi.model")

# Beyond so many sentences, work on them would hold up the event loop for longer than a thread costs.
_FEW = 32


@dataclass(eq=False)
class _Loaded:
    """A model with its queue, and how many requests hold it."""

    classifier: Classifier
    batcher: Batcher
    users: int = 0
    is_retired: bool = False

    def close_if_unused(self) -> None:
        if self.is_retired and not self.users:
            self.batcher.close()


class InferenceService:
    """The loaded model. Lives on one event loop; work is done in threads."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Load the model.

        Raises:
            ArtifactError: the model folder can't be trusted.
        """
        self._settings, self._metrics = settings, metrics
        self._threads = ThreadPoolExecutor(
            settings.threads_per_worker, thread_name_prefix="preparation"
        )
        self._loaded = self._with_queue(self._load())
        self._reloading = asyncio.Lock()
        self.is_ready = True
        metrics.ready.set(1)

    @property
    def classifier(self) -> Classifier:
        """The model that answers new requests."""
        return self._loaded.classifier

    @contextmanager
    def lease(self) -> Iterator[_Loaded]:
        """The model for the length of a request; a swap closes it only afterwards."""
        loaded = self._loaded
        loaded.users += 1
        try:
            yield loaded
        finally:
            loaded.users -= 1
            loaded.close_if_unused()

    async def classify(
        self,
        loaded: _Loaded,
        sentences: Sequence[Sentence],
        threshold: float | None,
        timings: Timings,
        on_progress: Callable[[int], None],
    ) -> list[Prediction]:
        """Predictions for sentences, in order. Cancelling it drops the work that is still queued.

        Raises:
            ApiError: the queue is full.
        """
        encoded, rows = await self._rows(loaded, sentences, timings, on_progress)

        def decide() -> list[Prediction]:
            return loaded.classifier.decide(encoded, _stack(rows), threshold) if rows else []

        predictions = decide() if len(rows) <= _FEW else await self.in_thread(decide)
        self._metrics.answered(predictions)
        return predictions

    async def logits(
        self, loaded: _Loaded, sentences: Sequence[Sentence], timings: Timings
    ) -> tuple[list[EncodedSentence], Logits]:
        """Encoded sentences, of which there is at least one, and their raw outputs, in order.

        Raises:
            ApiError: the queue is full.
        """
        encoded, rows = await self._rows(loaded, sentences, timings, lambda _: None)
        return encoded, _stack(rows)

    async def _rows(
        self,
        loaded: _Loaded,
        sentences: Sequence[Sentence],
        timings: Timings,
        on_progress: Callable[[int], None],
    ) -> tuple[list[EncodedSentence], list[Row]]:
        try:
            with loaded.batcher.admitted():
                started = time.perf_counter()
                encoded = await self.in_thread(loaded.classifier.encode, sentences)
                timings.tokenisation += time.perf_counter() - started
                rows, timing = await loaded.batcher.rows(encoded, on_progress)
        except QueueFullError as error:
            raise overloaded("The queue is full", error.retry_after_seconds) from None
        timings.queue += timing.queue_seconds
        timings.inference += timing.inference_seconds
        self._metrics.queue_duration.observe(timing.queue_seconds)
        return encoded, rows

    async def in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        """Run `work(*arguments)` off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def reload(self) -> bool:
        """Load the model folder anew, beside the model that answers; swap it in if it is good.

        Requests that hold the old one are answered by it. False: the old one stays, and the log says why.
        """
        async with self._reloading:
            try:
                classifier = await asyncio.get_running_loop().run_in_executor(None, self._load)
            except ArtifactError as error:
                self._metrics.reloads.labels("refused").inc()
                _log.error("the new model is refused, the old one stays: %s", error)
                return False
            old, self._loaded = self._loaded, self._with_queue(classifier)
            old.is_retired = True
            old.close_if_unused()
            self._metrics.reloads.labels("swapped").inc()
            _log.info("the model is now %s", classifier.model_id)
            return True

    def close(self) -> None:
        """Refuse new work; what runs can't be stopped, and isn't awaited."""
        self.is_ready = False
        self._metrics.ready.set(0)
        self._loaded.batcher.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _load(self) -> Classifier:
        settings = self._settings
        return Classifier.from_pretrained(settings.model, settings.threads_per_worker)

    def _with_queue(self, classifier: Classifier) -> _Loaded:
        settings, config = self._settings, classifier.artifact.config
        self._metrics.serves(config.name, config.version)
        batcher = Batcher(
            classifier,
            self._metrics,
            max_batch_tokens=settings.max_batch_tokens,
            max_queue_tokens=settings.max_queue_tokens,
            max_queue_requests=settings.max_queue_requests,
            cache_sentences=settings.cache_sentences,
        )
        return _Loaded(classifier, batcher)


class Lease:
    """ASGI middleware: a request is answered by the model that was there when it came."""

    def __init__(self, app: ASGIApp, service: InferenceService) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the model until the request has been answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._service.lease() as loaded:
            scope["state"]["loaded"] = loaded
            await self._app(scope, receive, send)


class RequestInference:
    """Inference for one request: by one model, until its deadline or its client's end."""

    def __init__(self, service: InferenceService, request: Request, timeout_ms: int) -> None:
        self._loaded: _Loaded = request.scope["state"]["loaded"]
        self.classifier = self._loaded.classifier
        self._service, self._request = service, request
        self._timings = timings_of(request.scope)
        self._timeout_ms = timeout_ms
        self._deadline = self._timings.arrived_at + timeout_ms / 1000

    async def classify(
        self,
        sentences: Sequence[Sentence],
        threshold: float | None = None,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> list[Prediction]:
        """Predictions for sentences, in order; `threshold` replaces the model's own.

        `on_progress` is told how many are done: when the queue has taken them, and after each batch.

        Raises:
            ApiError: the service is stopping, its queue is full or the deadline passed.
        """
        return await self.in_time(
            self._service.classify(self._loaded, sentences, threshold, self._timings, on_progress)
        )

    async def logits(self, sentences: Sequence[Sentence]) -> tuple[list[EncodedSentence], Logits]:
        """Encoded sentences, of which there is at least one, and their raw outputs, in order.

        Raises:
            ApiError: as `classify`.
        """
        return await self.in_time(self._service.logits(self._loaded, sentences, self._timings))

    async def in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        """Run `work(*arguments)` off the event loop.

        Raises:
            ApiError: the service is stopping or the deadline passed.
        """
        return await self.in_time(self._service.in_thread(work, *arguments))

    async def in_time(self, work: Awaitable[T]) -> T:
        """Await `work`, or cancel it at the request's deadline or its client's end.

        Raises:
            ApiError: the service is stopping or the deadline passed.
            ClientGoneError: the client has hung up.
        """
        task = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(_until_gone(self._request))
        try:
            seconds = self._deadline - time.perf_counter()
            await asyncio.wait({task, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            if gone.done():
                raise ClientGoneError
            raise ApiError(
                ErrorType.TIMEOUT,
                f"Not answered within {self._timeout_ms} ms; the work is dropped.",
            )
        except asyncio.CancelledError:  # uvicorn's, at the end of the grace period
            raise stopping() from None
        finally:
            task.cancel()
            gone.cancel()


def _stack(rows: Sequence[Row]) -> Logits:
    return Logits(np.stack([row.topics for row in rows]), np.stack([row.roles for row in rows]))


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _service(request: Request) -> InferenceService:
    service: InferenceService = request.app.state.inference
    return service


Service = Annotated[InferenceService, Depends(_service)]


async def _for_request(
    request: Request,
    timeout_ms: Annotated[
        int | None,
        Header(
            alias="X-Request-Timeout-Ms",
            ge=1,
            le=86_400_000,
            description="Deadline, counted from the request's arrival; then 504, and its work is dropped.",
        ),
    ] = None,
) -> RequestInference:
    service: InferenceService = request.app.state.inference
    if not service.is_ready:
        raise stopping()
    settings: Settings = request.app.state.settings
    return RequestInference(service, request, timeout_ms or settings.request_timeout_ms)


Inference = Annotated[RequestInference, Depends(_for_request)]
