"""Three ways to scale topic logits into log-odds, from the simplest to the richest, by least log-loss.

One scale for all labels (temperature scaling); one scale and offset for all; a scale and offset
per label (Platt scaling), drawn towards the common ones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

SCALES = (0.2, 2.0)
_OFFSETS = (-5.0, 5.0)
_PRIOR = 3.0  # weight of the common scale and offset: least log-loss out of fold, of 0.01 … 10

Floats = NDArray[np.float64]
Affine = tuple[Floats, Floats]  # scales and offsets, (labels,) each
Scaling = Callable[[Floats, NDArray[np.bool_]], Affine]  # logits and truth are (units, labels)


def one_scale(logits: Floats, topics: NDArray[np.bool_]) -> Affine:
    """The same scale for every label, no offset."""
    ones = np.ones(logits.shape[1])

    def loss(p: Floats) -> tuple[float, Floats]:
        value, by_scale, _ = _loss(logits, topics, p * ones, 0 * ones)
        return value, by_scale.sum(keepdims=True)

    (scale,) = _minimise(loss, np.ones(1), [SCALES])
    return scale * ones, 0 * ones


def scale_and_offset(logits: Floats, topics: NDArray[np.bool_]) -> Affine:
    """The same scale and offset for every label."""
    ones = np.ones(logits.shape[1])

    def loss(p: Floats) -> tuple[float, Floats]:
        value, by_scale, by_offset = _loss(logits, topics, p[0] * ones, p[1] * ones)
        return value, np.array([by_scale.sum(), by_offset.sum()])

    scale, offset = _minimise(loss, np.array([1.0, 0.0]), [SCALES, _OFFSETS])
    return scale * ones, offset * ones


def per_label(logits: Floats, topics: NDArray[np.bool_]) -> Affine:
    """A scale and offset for each label, with a normal prior around the common ones."""
    common = np.concatenate(scale_and_offset(logits, topics))
    n = logits.shape[1]
    weights = _PRIOR * np.concatenate([4 / common[:n] ** 2, np.ones(n)])

    def loss(p: Floats) -> tuple[float, Floats]:
        value, by_scale, by_offset = _loss(logits, topics, p[:n], p[n:])
        away = p - common
        slope = np.concatenate([by_scale, by_offset]) + 2 * weights * away
        return value + float(weights @ away**2), slope

    found = _minimise(loss, common, [SCALES] * n + [_OFFSETS] * n)
    return found[:n], found[n:]


METHODS: dict[str, Scaling] = {
    "one scale": one_scale,
    "scale and offset": scale_and_offset,
    "per label": per_label,
}


def cell_losses(log_odds: Floats, topics: NDArray[np.bool_]) -> Floats:
    """Log-loss of every cell."""
    return np.asarray(np.logaddexp(0, log_odds) - log_odds * topics)


def _loss(
    logits: Floats, topics: NDArray[np.bool_], scales: Floats, offsets: Floats
) -> tuple[float, Floats, Floats]:
    """Summed log-loss, and its gradients by scale and by offset, (labels,) each."""
    log_odds = logits * scales + offsets
    residual = expit(log_odds) - topics
    value = float(cell_losses(log_odds, topics).sum())
    return value, (residual * logits).sum(axis=0), residual.sum(axis=0)


def _minimise(
    loss: Callable[[Floats], tuple[float, Floats]], start: Floats, bounds: list[tuple[float, float]]
) -> Floats:
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x)
