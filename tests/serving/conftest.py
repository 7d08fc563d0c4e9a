"""Services over the tiny model: one for everybody, and more with other settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from fazhi.classifier import Classifier
from serving.settings import Settings
from tests.serving.model import Model
from tests.serving.service import Service, running


@pytest.fixture(scope="session")
def tiny_classifier(tiny_artifact: Path) -> Classifier:
    return Classifier.from_pretrained(tiny_artifact, threads=1)


@pytest.fixture(scope="session")
def start(tiny_artifact: Path) -> Iterator[Callable[..., Service]]:
    """`start(max_sentences=2)` → a service with these settings, until the session ends."""
    with ExitStack() as services:
        yield lambda **settings: services.enter_context(
            running(Settings(model=tiny_artifact, threads=1, **settings))
        )


@pytest.fixture(scope="session")
def service(start: Callable[..., Service]) -> Service:
    return start()


@pytest.fixture(scope="session")
def client(service: Service) -> httpx.Client:
    return service.client


@pytest.fixture
def put_before(monkeypatch: pytest.MonkeyPatch) -> Callable[[Service], Model]:
    def put(service: Service) -> Model:
        model = Model(service)
        monkeypatch.setattr(service.classifier, "infer", model)
        return model

    return put
