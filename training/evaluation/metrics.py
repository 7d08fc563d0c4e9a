"""Quality of predicted labels and roles over body units, as one JSON-ready dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.evaluation.calibration import calibration_errors

# A label with fewer positives says nothing about the model; macro averages leave it out.
MIN_SUPPORT = 3


@dataclass(frozen=True)
class Answers:
    """What a system says of units, a row each; columns are in taxonomy order.

    `scores` (units, labels) and `role_scores` (units, roles) are probabilities, None where the system has none.
    """

    given: NDArray[np.bool_]  # (units, labels)
    roles: NDArray[np.int64]  # (units,), indices
    scores: NDArray[np.float64] | None = None
    role_scores: NDArray[np.float64] | None = None

    @classmethod
    def of_names(
        cls, labels: Sequence[Sequence[str]], roles: Sequence[str], taxonomy: Taxonomy
    ) -> Answers:
        """From label ids and role ids."""
        return cls(label_matrix(labels, taxonomy), role_indices(roles, taxonomy))

    def rows(self, chosen: NDArray[np.bool_]) -> Answers:
        """Those of some units."""
        return Answers(
            self.given[chosen],
            self.roles[chosen],
            None if self.scores is None else self.scores[chosen],
            None if self.role_scores is None else self.role_scores[chosen],
        )


def label_matrix(label_sets: Sequence[Sequence[str]], taxonomy: Taxonomy) -> NDArray[np.bool_]:
    """Label sets → (units, labels), columns in taxonomy order."""
    matrix = np.zeros((len(label_sets), len(taxonomy.labels)), dtype=bool)
    column = {label: j for j, label in enumerate(taxonomy.label_ids)}
    for row, labels in enumerate(label_sets):
        for label in labels:
            matrix[row, column[label]] = True
    return matrix


def truth_of(units: Sequence[Record], taxonomy: Taxonomy) -> NDArray[np.bool_]:
    """The units' own labels: (units, labels)."""
    return label_matrix([unit.labels or () for unit in units], taxonomy)


def role_indices(roles: Sequence[str], taxonomy: Taxonomy) -> NDArray[np.int64]:
    """Role ids → (units,)."""
    return np.array([taxonomy.role_ids.index(role) for role in roles], dtype=np.int64)


def measure(units: Sequence[Record], answers: Answers, taxonomy: Taxonomy) -> dict[str, Any]:
    """Compare answers with body units that have labels and roles, row by row.

    Returns micro_f1, macro_f1 (labels with at least `MIN_SUPPORT` positives), exact_match,
    none_f1 (units without a label), role_accuracy, n_units, per_label precision, recall, f1 and
    support; for systems with probabilities also ece, label_ece, tag_ece and role_ece
    (`calibration_errors`).
    """
    truth, given = truth_of(units, taxonomy), answers.given
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, given, average=None, zero_division=0.0
    )
    frequent = support >= MIN_SUPPORT
    role_hits = answers.roles == role_indices([unit.role or "" for unit in units], taxonomy)
    figures = {
        "micro_f1": f1_score(truth, given),
        "macro_f1": float(f1[frequent].mean()) if frequent.any() else 0.0,
        "exact_match": float((truth == given).all(axis=1).mean()),
        "none_f1": f1_score(truth.sum(axis=1) == 0, given.sum(axis=1) == 0),
        "role_accuracy": float(role_hits.mean()),
    }
    if answers.scores is not None and answers.role_scores is not None:
        figures |= calibration_errors(answers.scores, given, truth, answers.role_scores, role_hits)
    return {
        "n_units": len(units),
        "macro_labels": int(frequent.sum()),
        **{name: _round(value) for name, value in figures.items()},
        "per_label": {
            label: {
                "precision": _round(precision[j]),
                "recall": _round(recall[j]),
                "f1": _round(f1[j]),
                "support": int(support[j]),
            }
            for j, label in enumerate(taxonomy.label_ids)
        },
    }


def f1_score(truth: NDArray[np.bool_], given: NDArray[np.bool_]) -> float:
    """F1 over all cells; 1 when there is nothing to find and nothing was given."""
    hits, total = int((truth & given).sum()), int(truth.sum() + given.sum())
    return 2 * hits / total if total else 1.0


def _round(value: float) -> float:
    return round(float(value), 4)
