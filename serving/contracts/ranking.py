"""Every label with its score, strongest first, as two of the contracts want it."""

from __future__ import annotations

from pydantic import BaseModel

from fazhi.classifier import Prediction


class ScoredLabel(BaseModel):
    """A label id and its probability, which is independent of those of the other labels."""

    label: str
    score: float


def ranked(prediction: Prediction) -> list[ScoredLabel]:
    """All labels by falling score; those that tie stand in the order of the taxonomy."""
    pairs = sorted(prediction.scores.items(), key=lambda pair: -pair[1])
    return [ScoredLabel(label=label, score=score) for label, score in pairs]
