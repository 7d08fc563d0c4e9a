"""`POST /v1/classify`: sentences → topics and role."""

from __future__ import annotations

from fastapi import APIRouter

from fazhi.classifier import Prediction
from fazhi.encoding import Sentence
from fazhi.taxonomy import Taxonomy
from serving.errors import BODY_ERRORS, ApiError, ErrorType, responses
from serving.inference import Inference
from serving.limits import AppSettings, RequireJson
from serving.schemas import (
    ClassifyRequest,
    ClassifyResponse,
    LabelScore,
    ModelName,
    RoleScore,
    SentenceIn,
    SentenceResult,
)
from serving.settings import Settings

router = APIRouter(tags=["classification"])


@router.post("/v1/classify", dependencies=[RequireJson], responses=responses(*BODY_ERRORS))
async def classify(
    body: ClassifyRequest, inference: Inference, settings: AppSettings
) -> ClassifyResponse:
    """Tag sentences. Scores are independent probabilities, one for each topic."""
    _check_number(body, settings)
    items = [s if isinstance(s, SentenceIn) else SentenceIn(text=s) for s in body.sentences]
    _check_lengths(items, settings)
    sentences = [Sentence(item.text, tuple(item.heading_path)) for item in items]
    predictions = await inference.classify(sentences, body.threshold)
    artifact = inference.classifier.artifact
    return ClassifyResponse(
        model=ModelName(name=artifact.config.name, version=artifact.config.version),
        results=[
            _result(item.id, prediction, artifact.taxonomy)
            for item, prediction in zip(items, predictions, strict=True)
        ],
    )


def _check_number(body: ClassifyRequest, settings: Settings) -> None:
    number, limit = len(body.sentences), settings.max_sentences
    if number > limit:
        raise ApiError(
            ErrorType.TOO_LARGE,
            f"{number} sentences; one request takes {limit} (max_sentences).",
            "sentences",
        )


def _check_lengths(items: list[SentenceIn], settings: Settings) -> None:
    limit = settings.max_sentence_characters
    for number, item in enumerate(items):
        longest = max(len(text) for text in (item.text, *item.heading_path))
        if longest > limit:
            raise ApiError(
                ErrorType.TOO_LARGE,
                f"{longest} characters; a sentence or heading has at most {limit} "
                "(max_sentence_characters).",
                f"sentences[{number}]",
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
