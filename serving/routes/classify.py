"""`POST /v1/classify`: sentences → topics and role."""

from __future__ import annotations

from fastapi import APIRouter

from fazhi.classifier import Prediction
from fazhi.encoding import Sentence
from fazhi.taxonomy import Taxonomy
from serving.errors import BODY_ERRORS, responses
from serving.inference import Inference
from serving.limits import AppSettings, RequireJson, check_lengths, check_number
from serving.schemas import (
    ClassifyRequest,
    ClassifyResponse,
    LabelScore,
    ModelName,
    RoleScore,
    SentenceIn,
    SentenceResult,
)

router = APIRouter(tags=["classification"])


@router.post("/v1/classify", dependencies=[RequireJson], responses=responses(*BODY_ERRORS))
async def classify(
    body: ClassifyRequest, inference: Inference, settings: AppSettings
) -> ClassifyResponse:
    """Tag sentences. Scores are independent probabilities, one for each topic."""
    check_number(len(body.sentences), settings, "sentences")
    items = [s if isinstance(s, SentenceIn) else SentenceIn(text=s) for s in body.sentences]
    sentences = [Sentence(item.text, tuple(item.heading_path)) for item in items]
    check_lengths(((f"sentences[{i}]", s) for i, s in enumerate(sentences)), settings)
    predictions = await inference.classify(sentences, body.threshold)
    artifact = inference.classifier.artifact
    return ClassifyResponse(
        model=ModelName(name=artifact.config.name, version=artifact.config.version),
        results=[
            _result(item.id, prediction, artifact.taxonomy)
            for item, prediction in zip(items, predictions, strict=True)
        ],
    )


def _result(id_: str | None, prediction: Prediction, taxonomy: Taxonomy) -> SentenceResult:
    labels = [taxonomy.label_by_id[label] for label in prediction.labels]
    role = taxonomy.role_by_id[prediction.role]
    return SentenceResult(
        id=id_,
        labels=[
            LabelScore(id=x.id, name=x.name, group=x.group, score=prediction.scores[x.id])
            for x in labels
        ],
        role=RoleScore(id=role.id, name=role.name, score=prediction.role_scores[role.id]),
        scores=prediction.scores,
        n_tokens=prediction.n_tokens,
        truncated=prediction.truncated,
    )
