"""Runs the classifier off the event loop. Batching across requests will live here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from fazhi.classifier import Classifier, Prediction
from fazhi.encoding import Sentence
from serving.errors import ApiError, ErrorType

T = TypeVar("T")


class InferenceService:
    """One classifier and one worker: a call already uses every thread that inference has."""

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier
        self.is_ready = True
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")

    async def classify(
        self, sentences: Sequence[Sentence], threshold: float | None = None
    ) -> list[Prediction]:
        """Predictions for sentences, in order; `threshold` replaces the model's own.

        Raises:
            ApiError: the service is stopping, its queue is full or the deadline passed.
        """
        return await self.run(lambda classifier: classifier.predict(sentences, threshold))

    async def run(self, work: Callable[[Classifier], T]) -> T:
        """Run `work(classifier)` in the worker.

        Raises:
            ApiError: the service is stopping.
        """
        stopping = ApiError(ErrorType.NOT_READY, "The service is stopping.")
        if not self.is_ready:
            raise stopping
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._worker, work, self.classifier)
        except asyncio.CancelledError:  # uvicorn's, at the end of the grace period
            raise stopping from None

    def close(self) -> None:
        """Refuse new work and drop what waits; a running call can't be stopped, and isn't awaited."""
        self.is_ready = False
        self._worker.shutdown(wait=False, cancel_futures=True)


def _from_app(request: Request) -> InferenceService:
    service: InferenceService = request.app.state.inference
    return service


Inference = Annotated[InferenceService, Depends(_from_app)]
