"""`create_app(settings)`: the HTTP application over `fazhi`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from fazhi.classifier import Classifier
from serving import errors
from serving.inference import InferenceService
from serving.limits import BodyLimit
from serving.routes import classify, health, model, reports
from serving.settings import Settings

_DESCRIPTION = """Tags the sentences of Chinese local-government rule-of-law reports
(法治政府建设年度报告) with topics and a role. Every error has the body
`{"error": {"type", "message", "param"?}}`."""


def create_app(settings: Settings) -> FastAPI:
    """Load the model and build the application, ready to answer.

    Raises:
        ArtifactError: the model folder can't be trusted.
    """
    inference = InferenceService(Classifier.from_pretrained(settings.model, settings.threads))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        inference.close()

    # FastAPI's own documentation page loads scripts from another host; this one carries them.
    app: FastAPI = FastAPIOffline(
        title="法治报告句子分类",
        description=_DESCRIPTION,
        version=inference.classifier.artifact.config.version,
        lifespan=lifespan,
        redoc_url=None,  # its script fetches a logo from elsewhere
        responses=errors.responses(errors.ErrorType.INTERNAL),
    )
    app.state.settings = settings
    app.state.inference = inference
    app.add_middleware(BodyLimit, max_body_bytes=settings.max_body_bytes)
    errors.install(app)
    for module in (classify, reports, model, health):
        app.include_router(module.router)
    return app
