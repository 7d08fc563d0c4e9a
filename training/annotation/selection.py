"""Which units are worth an annotator's time: those a model is unsure of, of every label, unlike one another.

Each label in turn has the unit whose score is nearest to the label's threshold, and so has the role;
so rare labels get as many as common ones. A unit counts for less the more it is like one that has
been chosen (cosine of TF-IDF vectors of character 1–3-grams), and no report gives more than its share.
When nothing is left that the model is unsure of, units unlike all others are taken.

Uncertainty by label is the margin of binary relevance (Brinker, “On Active Learning in Multi-label
Classification”, 2006), the discount for likeness that of maximal marginal relevance (Carbonell and
Goldstein, 1998).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from fazhi.normalize import normalize, squeeze
from fazhi.records import Record
from training.corpus import report_of

ROLE, UNLIKE = "role", "unlike"  # reasons that are no label

_LEAST_UNCERTAINTY = 0.05  # below it the model is sure
_FAIR_SHARES = 2  # of an even spread over the reports, that one report may give


@dataclass(frozen=True)
class Choice:
    """A chosen unit: its number, why – a label id, `ROLE` or `UNLIKE` – and how unsure the model is, in [0, 1]."""

    unit: int
    why: str
    uncertainty: float


def label_uncertainty(
    scores: NDArray[np.float64], thresholds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """1 at the threshold, falling to 0 where the score is 0 or 1.

    Shapes: scores and result (units, labels), thresholds (labels,).
    """
    below = scores / np.maximum(thresholds, 1e-9)
    above = (1 - scores) / np.maximum(1 - thresholds, 1e-9)
    return np.clip(np.where(scores < thresholds, below, above), 0, 1)


def role_uncertainty(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Entropy of the roles' probabilities, 1 for equal ones: (units, roles) → (units,)."""
    entropy = -np.sum(scores * np.log(np.maximum(scores, 1e-12)), axis=1)
    return np.asarray(entropy / math.log(scores.shape[1]) if scores.shape[1] > 1 else 0 * entropy)


def choose(
    units: Sequence[Record], uncertainty: Mapping[str, NDArray[np.float64]], number: int
) -> list[Choice]:
    """At most `number` units, the most useful first; the same for the same input.

    `uncertainty`: for each reason, in the order in which they have their turn, how unsure the
    model is of each unit, in [0, 1]: (units,).
    """
    return list(_Chooser(units, uncertainty, number).choices())


class _Chooser:
    """The state of one greedy choice."""

    def __init__(
        self, units: Sequence[Record], uncertainty: Mapping[str, NDArray[np.float64]], number: int
    ) -> None:
        self.number = min(number, len(units))
        self.uncertainty = uncertainty
        self.reports = np.array([report_of(unit) for unit in units])
        self.free = np.ones(len(units), dtype=bool)
        self.taken: Counter[str] = Counter()
        self.at_most = math.ceil(_FAIR_SHARES * number / max(len(set(self.reports)), 1))
        self.vectors = _vectors(units)
        self.likeness = np.zeros(len(units))  # to the most similar chosen unit

    def choices(self) -> Iterator[Choice]:
        open_reasons = list(self.uncertainty)
        while open_reasons and self.number:
            for reason in list(open_reasons):
                if not self.number:
                    break
                unsure = self.uncertainty[reason]
                unit = self._best(np.where(unsure < _LEAST_UNCERTAINTY, 0, unsure))
                if unit is None:
                    open_reasons.remove(reason)
                else:
                    yield self._take(unit, reason)
        while self.number:
            unit = self._best(np.ones(len(self.free)))
            if unit is None:  # every report has given its share
                self.taken.clear()
                unit = int(np.argmax(self.free))
            yield self._take(unit, UNLIKE)

    def _best(self, value: NDArray[np.float64]) -> int | None:
        full = [report for report, n in self.taken.items() if n >= self.at_most]
        allowed = self.free & ~np.isin(self.reports, full)
        value = np.where(allowed, value * (1 - self.likeness), 0)
        best = int(np.argmax(value)) if len(value) else 0
        return best if len(value) and value[best] > 0 else None

    def _take(self, unit: int, reason: str) -> Choice:
        self.free[unit] = False
        self.number -= 1
        self.taken[str(self.reports[unit])] += 1
        alike = (self.vectors @ self.vectors[unit].T).toarray().ravel()
        self.likeness = np.maximum(self.likeness, np.minimum(alike, 1))
        highest = max((float(u[unit]) for u in self.uncertainty.values()), default=0.0)
        return Choice(unit, reason, round(highest, 4))


def _vectors(units: Sequence[Record]) -> csr_matrix:
    """TF-IDF vectors of length 1: (units, n-grams)."""
    texts = [squeeze(normalize(unit.text).text) for unit in units]
    return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True).fit_transform(
        texts
    )
