"""`GET /health/live` and `GET /health/ready`."""

from __future__ import annotations

from fastapi import APIRouter

from serving.errors import ErrorType, responses, stopping
from serving.inference import Service
from serving.schemas import Health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> Health:
    """The process answers."""
    return Health(status="live")


@router.get("/ready", responses=responses(ErrorType.NOT_READY))
async def ready(inference: Service) -> Health:
    """The model is loaded and verified, and the service isn't stopping."""
    if not inference.is_ready:
        raise stopping()
    return Health(status="ready")
