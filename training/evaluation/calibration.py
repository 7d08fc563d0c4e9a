"""How far scores are from frequencies: expected calibration error, and the bins of a reliability diagram.

After Naeini et al. (AAAI 2015): scores are sorted into bins of equal width; the error is the mean
distance between a bin's mean score and its share of hits, weighted by the bins' counts. 0 is best.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 15


class Reliability(NamedTuple):
    """Bins of equal width that hold anything, each array (bins,)."""

    score: NDArray[np.float64]  # mean
    share: NDArray[np.float64]  # of hits
    n: NDArray[np.int64]  # of cells


def reliability(scores: NDArray[np.float64], hits: NDArray[np.bool_]) -> Reliability:
    """Bins over all cells of two arrays of one shape."""
    place = np.minimum((scores.ravel() * BINS).astype(int), BINS - 1)
    count = np.bincount(place, minlength=BINS)
    filled = count > 0
    score, share = (
        np.bincount(place, values.ravel().astype(float), BINS)[filled] / count[filled]
        for values in (scores, hits)
    )
    return Reliability(score, share, count[filled])


def expected_calibration_error(scores: NDArray[np.float64], hits: NDArray[np.bool_]) -> float:
    """Over all cells of two arrays of one shape; 0 where there are none."""
    bins = reliability(scores, hits)
    if not bins.n.sum():
        return 0.0
    return float((np.abs(bins.score - bins.share) * bins.n).sum() / bins.n.sum())


def calibration_errors(
    scores: NDArray[np.float64],
    given: NDArray[np.bool_],
    topics: NDArray[np.bool_],
    role_scores: NDArray[np.float64],
    role_hits: NDArray[np.bool_],
) -> dict[str, float]:
    """Four views, since nearly all cells are easy negatives and make the first one small.

    ece: over all (unit, label) cells. label_ece: the mean of each label's own. tag_ece: over the
    labels that were given, the scores that people read. role_ece: over the chosen roles.
    Shapes: topics' arrays (units, labels), `role_scores` (units, roles), `role_hits` (units,).
    """
    by_label = [expected_calibration_error(s, t) for s, t in zip(scores.T, topics.T, strict=True)]
    return {
        "ece": expected_calibration_error(scores, topics),
        "label_ece": float(np.mean(by_label)),
        "tag_ece": expected_calibration_error(scores[given], topics[given]),
        "role_ece": expected_calibration_error(role_scores.max(axis=1), role_hits),
    }
