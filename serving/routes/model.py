"""`GET /v1/taxonomy` and `GET /v1/model`: what the model knows, and what was measured."""

from __future__ import annotations

from fastapi import APIRouter

from serving.inference import Service
from serving.limits import AppSettings
from serving.schemas import (
    CalibrationOut,
    GroupOut,
    LabelOut,
    Limits,
    ModelResponse,
    Named,
    TaxonomyResponse,
)

router = APIRouter(tags=["model"])


@router.get("/v1/taxonomy")
async def taxonomy(inference: Service) -> TaxonomyResponse:
    """Topics, their groups, and roles."""
    t = inference.classifier.artifact.taxonomy
    return TaxonomyResponse(
        version=t.version,
        groups=[GroupOut(id=g.id, name=g.name, source=g.source) for g in t.groups],
        labels=[LabelOut(id=x.id, name=x.name, group=x.group) for x in t.labels],
        roles=[Named(id=r.id, name=r.name) for r in t.roles],
    )


@router.get("/v1/model")
async def model(inference: Service, settings: AppSettings) -> ModelResponse:
    """The model card's facts, thresholds and limits."""
    artifact = inference.classifier.artifact
    config = artifact.config
    return ModelResponse(
        name=config.name,
        version=config.version,
        taxonomy_version=artifact.taxonomy.version,
        thresholds=config.thresholds,
        calibration={
            label: CalibrationOut(scale=c.scale, offset=c.offset)
            for label, c in config.calibration.items()
        },
        fallback_threshold=config.fallback_threshold,
        role_temperature=config.role_temperature,
        limits=Limits(
            max_body_bytes=settings.max_body_bytes,
            max_sentences=settings.max_sentences,
            max_sentence_characters=settings.max_sentence_characters,
            max_report_characters=settings.max_report_characters,
            max_units=settings.max_units,
            max_reports=settings.max_reports,
            max_length_tokens=config.encoding.max_length_tokens,
        ),
        provenance=config.provenance,
        metrics=artifact.metrics,
    )
