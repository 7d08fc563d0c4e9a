"""Services over the tiny model: one for everybody, and more with other settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from serving.settings import Settings
from tests.serving.service import Service, running


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
