"""The model that answers: requests in, predictions out, and swapping it while requests run."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, TypeVar

import numpy as np
from fastapi import Depends, Header, Request

from fazhi.classifier import Classifier, Logits, Prediction
from fazhi.encoding import Sentence
from fazhi.errors import ArtifactError
from serving.batching import Batcher, QueueFullError
from serving.errors import ApiError, ClientGoneError, ErrorType
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
        """The model for the length of a request; a swap closes it only afterwards.

        Raises:
            ApiError: the service is stopping.
        """
        if not self.is_ready:
            raise _stopping()
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
    ) -> list[Prediction]:
        """Predictions for sentences, in order. Cancelling it drops the work that is still queued.

        Raises:
            ApiError: the queue is full.
        """
        try:
            with loaded.batcher.admitted():
                started = time.perf_counter()
                encoded = await self.in_thread(loaded.classifier.encode, sentences)
                timings.tokenisation += time.perf_counter() - started
                rows, timing = await loaded.batcher.rows(encoded)
        except QueueFullError as error:
            after = str(error.retry_after_seconds)
            raise ApiError(
                ErrorType.OVERLOADED,
                f"The queue is full; try again in {after} s.",
                headers={"Retry-After": after},
            ) from None
        timings.queue += timing.queue_seconds
        timings.inference += timing.inference_seconds
        self._metrics.queue_duration.observe(timing.queue_seconds)

        def decide() -> list[Prediction]:
            if not rows:
                return []
            logits = Logits(np.stack([r.topics for r in rows]), np.stack([r.roles for r in rows]))
            return loaded.classifier.decide(encoded, logits, threshold)

        predictions = decide() if len(rows) <= _FEW else await self.in_thread(decide)
        self._metrics.answered(predictions)
        return predictions

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


class RequestInference:
    """Inference for one request: by one model, until its deadline or its client's end."""

    def __init__(
        self, service: InferenceService, loaded: _Loaded, request: Request, timeout_ms: int
    ) -> None:
        self.classifier = loaded.classifier
        self._service, self._loaded, self._request = service, loaded, request
        self._timings = timings_of(request.scope)
        self._timeout_ms = timeout_ms
        self._deadline = self._timings.arrived_at + timeout_ms / 1000

    async def classify(
        self, sentences: Sequence[Sentence], threshold: float | None = None
    ) -> list[Prediction]:
        """Predictions for sentences, in order; `threshold` replaces the model's own.

        Raises:
            ApiError: the service is stopping, its queue is full or the deadline passed.
        """
        return await self._in_time(
            self._service.classify(self._loaded, sentences, threshold, self._timings)
        )

    async def in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        """Run `work(*arguments)` off the event loop.

        Raises:
            ApiError: the service is stopping or the deadline passed.
        """
        return await self._in_time(self._service.in_thread(work, *arguments))

    async def _in_time(self, work: Coroutine[object, object, T]) -> T:
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
            raise _stopping() from None
        finally:
            task.cancel()
            gone.cancel()


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _stopping() -> ApiError:
    return ApiError(ErrorType.NOT_READY, "The service is stopping.")


async def _service(request: Request) -> InferenceService:
    service: InferenceService = request.app.state.inference
    return service


Service = Annotated[InferenceService, Depends(_service)]


async def _for_request(
    request: Request,
    service: Service,
    timeout_ms: Annotated[
        int | None,
        Header(
            alias="X-Request-Timeout-Ms",
            ge=1,
            le=86_400_000,
            description="Deadline, counted from the request's arrival; then 504, and its work is dropped.",
        ),
    ] = None,
) -> AsyncIterator[RequestInference]:
    settings: Settings = request.app.state.settings
    with service.lease() as loaded:
        yield RequestInference(service, loaded, request, timeout_ms or settings.request_timeout_ms)


Inference = Annotated[RequestInference, Depends(_for_request)]
