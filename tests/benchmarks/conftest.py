"""One service over the tiny model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.settings import Settings
from tests.serving.service import Service, running


@pytest.fixture(scope="session")
def service(tiny_artifact: Path) -> Iterator[Service]:
    with running(Settings(model=tiny_artifact, threads=1)) as service:
        yield service
