"""Services over the tiny model: one for everybody, and more with other settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from fazhi.classifier import Classifier, Prediction
from fazhi.encoding import Sentence
from serving.settings import Settings
from tests.serving.service import Service, running


class OneByOne(Classifier):
    """Predicts every sentence by itself, so that int8 scores don't depend on its neighbours."""

    def predict(
        self, sentences: Sequence[Sentence], threshold: float | None = None
    ) -> list[Prediction]:
        return [super(OneByOne, self).predict([s], threshold)[0] for s in sentences]


@pytest.fixture(scope="session")
def tiny_classifier(tiny_artifact: Path) -> Classifier:
    return OneByOne.from_pretrained(tiny_artifact, threads=1)


@pytest.fixture(scope="session")
def start(tiny_artifact: Path) -> Iterator[Callable[..., Service]]:
    """`start(max_sentences=2)` → a service with these settings, until the session ends."""
    with ExitStack() as services:
        yield lambda **settings: services.enter_context(
            running(Settings(model=tiny_artifact, threads=1, **settings))
        )


@pytest.fixture(scope="session")
def service(start: Callable[..., Service]) -> Service:
    """Its batches hold one sentence, so that answers can be compared with `tiny_classifier`'s."""
    return start(max_batch_tokens=1)


@pytest.fixture(scope="session")
def client(service: Service) -> httpx.Client:
    return service.client
