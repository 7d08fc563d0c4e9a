"""`POST /v1/evidence`: a sentence → the phrases that carried its topics and role."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from fazhi.classifier import Logits, Prediction
from fazhi.encoding import Sentence
from fazhi.evidence import Evidence, phrases_of, weigh, without
from fazhi.taxonomy import Taxonomy
from serving.errors import BODY_ERRORS, MAX_QUOTED_CHARACTERS, ApiError, ErrorType, responses
from serving.inference import Inference
from serving.limits import AppSettings, RequireJson, check_lengths
from serving.report_schemas import EvidenceRequest, EvidenceResponse, LabelEvidence, PhraseOut
from serving.schemas import ModelName, SentenceIn

router = APIRouter(tags=["classification"])


@router.post("/v1/evidence", dependencies=[RequireJson], responses=responses(*BODY_ERRORS))
async def explain(
    body: EvidenceRequest, inference: Inference, settings: AppSettings
) -> EvidenceResponse:
    """The phrases of a sentence and its headings that carried each label: without them it scores less.

    The model is asked for the sentence again without each of at most 24 phrases. A label that two
    phrases carry each by itself drops little without either.
    """
    item = (
        body.sentence if isinstance(body.sentence, SentenceIn) else SentenceIn(text=body.sentence)
    )
    sentence = Sentence(item.text, tuple(item.heading_path))
    check_lengths([("sentence", sentence)], settings)
    classifier = inference.classifier
    artifact = classifier.artifact
    _check_labels(body.labels, artifact.taxonomy)
    phrases = await inference.in_thread(phrases_of, sentence, classifier)
    variants = [sentence, *(without(sentence, phrase) for phrase in phrases)]
    encoded, logits = await inference.logits(variants)
    (prediction,) = classifier.decide(encoded[:1], Logits(*(rows[:1] for rows in logits)))
    labels = dict.fromkeys(body.labels or (*prediction.labels, prediction.role))
    return EvidenceResponse(
        model=ModelName(name=artifact.config.name, version=artifact.config.version),
        id=item.id,
        evidence=[
            _evidence(label, prediction, weigh(phrases, logits, label, artifact), artifact.taxonomy)
            for label in labels
        ],
    )


def _check_labels(labels: list[str], taxonomy: Taxonomy) -> None:
    known = {*taxonomy.label_ids, *taxonomy.role_ids}
    for place, label in enumerate(labels):
        if label not in known:
            message = f"{label[:MAX_QUOTED_CHARACTERS]} is no topic or role; see /v1/taxonomy."
            raise ApiError(ErrorType.INVALID, f"labels[{place}]: {message}", f"labels[{place}]")


def _evidence(
    label: str, prediction: Prediction, found: list[Evidence], taxonomy: Taxonomy
) -> LabelEvidence:
    is_topic = label in taxonomy.label_by_id
    named = taxonomy.label_by_id[label] if is_topic else taxonomy.role_by_id[label]
    scores = prediction.scores if is_topic else prediction.role_scores
    phrases = [PhraseOut(**asdict(evidence)) for evidence in found]
    return LabelEvidence(id=label, name=named.name, score=scores[label], phrases=phrases)
