"""The comparator that most people would write: a `transformers` pipeline behind FastAPI.

`uvicorn --factory benchmarks.pipeline_app:create_app`; the folder stands in `BENCHMARK_MODEL`. One
thread runs the pipeline, since each call already uses every core.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

from fazhi.cpus import available_cpus


class ClassificationRequest(BaseModel):
    """One text."""

    inputs: str


def create_app() -> FastAPI:
    """Load the model and build the application."""
    torch.set_num_threads(available_cpus())
    classify = pipeline(
        "text-classification", model=os.environ["BENCHMARK_MODEL"], device="cpu", top_k=None
    )
    worker = ThreadPoolExecutor(max_workers=1)
    app = FastAPI()

    def scores_of(text: str) -> list[Any]:
        return list(classify([text], function_to_apply="sigmoid"))

    @app.post("/")
    async def answer(body: ClassificationRequest) -> Any:  # noqa: ANN401 (labels with scores)
        loop = asyncio.get_running_loop()
        (scores,) = await loop.run_in_executor(worker, scores_of, body.inputs)
        return scores

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ready"}

    return app
