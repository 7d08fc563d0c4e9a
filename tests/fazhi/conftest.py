"""One profile for all property tests: the same examples each time, however slow the machine.

And clients of either kind, with a server that does what it is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.fazhi.clients import Blocking, PatientAsyncClient, PatientClient, Server, Waits

settings.register_profile(
    "fazhi", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fazhi")


@pytest.fixture(params=["sync", "async"])
def connect(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """`connect(url, retry_seconds=5)` → a client of either kind, closed after the test."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    with ExitStack() as stack:

        def connect(*args: Any, **options: Any) -> Any:
            if request.param == "sync":
                return stack.enter_context(PatientClient(Waits(), *args, **options))
            runner = stack.enter_context(asyncio.Runner())
            client = Blocking(PatientAsyncClient(Waits(), *args, **options), runner)
            stack.callback(client.aclose)
            return client

        yield connect


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server
