"""`create_app(settings)`: the HTTP application over `fazhi`."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from serving import contracts, errors
from serving.auth import ApiKeys, is_open, read_keys
from serving.connections import State
from serving.document import make_true
from serving.errors import ErrorType
from serving.inference import InferenceService, Lease
from serving.limits import BodyLimit
from serving.metrics import Metrics
from serving.observation import Observer
from serving.reading import Readers
from serving.report_schemas import CompareRequest, ReportRequest
from serving.routes import classify, compare, evidence, health, metrics, model, page, reports
from serving.settings import Settings

_DESCRIPTION = """Tags the sentences of Chinese local-government rule-of-law reports
(法治政府建设年度报告) with topics and a role. Every error has the body
`{"error": {"type", "message", "param"?}}`, except on the paths of other servers' contracts
(Hugging Face, text-embeddings-inference, Open Inference Protocol, Label Studio), whose clients
work unchanged. Any connection can get 400 (it isn't HTTP), 408 (the request came too slowly) or
429 (too many are open), and is closed then. Where the service asks for a key, send it as
`Authorization: Bearer KEY`. Answers have `X-Request-ID` and, but for faults, `Server-Timing`
(milliseconds)."""
_MEMORY_SECONDS = 5  # more often than anybody scrapes


def create_app(settings: Settings) -> FastAPI:
    """Load the model and build the application, ready to answer.

    Raises:
        ArtifactError: the model folder can't be trusted.
        ValueError: the API keys can't be read.
    """
    keys = read_keys(settings)
    collected = Metrics()
    inference = InferenceService(settings, collected)
    readers = Readers(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        _reload_on_hangup(inference)
        _end_with_supervisor()
        memory = asyncio.create_task(_note_memory(collected))
        yield {"settings": settings, "metrics": collected}
        memory.cancel()
        readers.close()
        inference.close()

    # FastAPI's own documentation page loads scripts from another host; this one carries them.
    app: FastAPI = FastAPIOffline(
        title="法治报告句子分类",
        description=_DESCRIPTION,
        version=inference.classifier.artifact.config.version,
        lifespan=lifespan,
        redoc_url=None,  # its script fetches a logo from elsewhere
    )
    app.state.settings = settings
    app.state.inference = inference
    app.state.readers = readers
    app.state.metrics = collected
    app.add_middleware(Lease, service=inference)
    app.add_middleware(BodyLimit, max_body_bytes=settings.max_body_bytes)
    if keys:
        app.add_middleware(ApiKeys, keys=keys, shape_of=contracts.error_shape)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[origin.strip() for origin in settings.cors_origins.split(",")],
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=["X-Request-ID", "Server-Timing", "Retry-After"],
        )
    app.add_middleware(Observer, metrics=collected)
    errors.install(app, contracts.error_shape)
    app.include_router(health.router, responses=errors.responses(ErrorType.INTERNAL))
    app.include_router(page.router)
    keyed = (ErrorType.UNAUTHORIZED, ErrorType.INTERNAL)
    for module in (classify, reports, compare, evidence, model, metrics):
        app.include_router(module.router, responses=errors.responses(*keyed))
    for contract in contracts.CONTRACTS:
        shape = contract.ERRORS
        app.include_router(contract.router, responses=shape.responses(ErrorType.UNAUTHORIZED))
    config = inference.classifier.artifact.config
    examples = {"model": config.name, "version": config.version}
    make_true(app, is_open, examples, [ReportRequest, CompareRequest])
    return app


async def _note_memory(collected: Metrics) -> None:
    """Keep this process's memory known to the others, any of which may be asked for metrics."""
    while True:
        collected.note_memory()
        await asyncio.sleep(_MEMORY_SECONDS)


def _reload_on_hangup(inference: InferenceService) -> None:
    """SIGHUP swaps the model; only the main thread of a process can listen to signals."""
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        tasks: set[asyncio.Task[bool]] = set()  # the loop itself keeps weak references only

        def reload() -> None:
            task = loop.create_task(inference.reload())
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        loop.add_signal_handler(signal.SIGHUP, reload)


def _end_with_supervisor() -> None:
    """A worker whose supervisor was killed stops as if told to: nobody else would end it."""
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            loop.remove_reader(supervisor.sentinel)  # it stays readable
            os.kill(os.getpid(), signal.SIGTERM)

        loop.add_reader(supervisor.sentinel, stop)
