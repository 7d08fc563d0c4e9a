"""From logits to decisions: temperatures and the threshold, chosen on the validation split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from training.metrics import f1_score

_TEMPERATURES = (0.5, 5.0)
_THRESHOLDS = np.arange(0.30, 0.701, 0.05)

# F1 on a few hundred units isn't known better than this; within it, one half is the better guess for
# calibrated probabilities of other text.
_NOISE = 0.01


@dataclass(frozen=True)
class Decision:
    """Divisors of the logits, and the probability from which a label is given."""

    topic_temperature: float
    role_temperature: float
    threshold: float


def choose_decision(
    topic_logits: NDArray[np.float32],
    topics: NDArray[np.bool_],
    role_logits: NDArray[np.float32],
    roles: NDArray[np.int64],
) -> Decision:
    """Temperatures of least negative log-likelihood, then the threshold of best micro-F1.

    Of thresholds that are as good, the one nearest to one half is taken. Shapes: topic arrays (units, labels), `role_logits` (units, roles), `roles` (units,) holding
    indices. One threshold for all labels: a few positives per label can't carry one each.
    """
    topic_temperature = _fit(lambda t: _topic_loss(topic_logits / t, topics))
    role_temperature = _fit(lambda t: _role_loss(role_logits / t, roles))
    probabilities = 1 / (1 + np.exp(-topic_logits / topic_temperature))
    scores = [f1_score(topics, probabilities >= threshold) for threshold in _THRESHOLDS]
    good = max(scores) - _NOISE
    best = [t for t, s in zip(_THRESHOLDS, scores, strict=True) if s >= good]
    threshold = min(best, key=lambda t: abs(t - 0.5))
    return Decision(topic_temperature, role_temperature, round(float(threshold), 2))


def _fit(loss: Callable[[float], float]) -> float:
    return round(float(minimize_scalar(loss, bounds=_TEMPERATURES, method="bounded").x), 3)


def _topic_loss(logits: NDArray[np.float32], topics: NDArray[np.bool_]) -> float:
    return float(np.mean(np.logaddexp(0, logits) - logits * topics))


def _role_loss(logits: NDArray[np.float32], roles: NDArray[np.int64]) -> float:
    return -float(np.mean(log_softmax(logits, axis=1)[np.arange(len(roles)), roles]))
