"""`GET /metrics`: for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from serving.metrics import Metrics

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    response_class=Response,  # of no media type, since errors are JSON
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> PlainTextResponse:
    """Metrics in Prometheus's text format, of all worker processes together."""
    collected: Metrics = request.app.state.metrics
    return PlainTextResponse(collected.render(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
