"""Quality of predicted labels and roles over body units, as one JSON-ready dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy

# A label with fewer positives says nothing about the model; macro averages leave it out.
MIN_SUPPORT = 3


def label_matrix(label_sets: Sequence[Sequence[str]], taxonomy: Taxonomy) -> NDArray[np.bool_]:
    """Label sets → (units, labels), columns in taxonomy order."""
    matrix = np.zeros((len(label_sets), len(taxonomy.labels)), dtype=bool)
    column = {label: j for j, label in enumerate(taxonomy.label_ids)}
    for row, labels in enumerate(label_sets):
        for label in labels:
            matrix[row, column[label]] = True
    return matrix


def score(
    records: Sequence[Record],
    labels: Sequence[Sequence[str]],
    roles: Sequence[str],
    taxonomy: Taxonomy,
) -> dict[str, Any]:
    """Compare predicted labels and roles with body `records`, row by row.

    Returns micro_f1, macro_f1 (labels with at least `MIN_SUPPORT` positives), exact_match,
    none_f1 (units without a label), role_accuracy, n_units, and per_label precision, recall,
    f1 and support.
    """
    truth = label_matrix([record.labels or () for record in records], taxonomy)
    given = label_matrix(labels, taxonomy)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, given, average=None, zero_division=0.0
    )
    frequent = support >= MIN_SUPPORT
    role_hits = [record.role == role for record, role in zip(records, roles, strict=True)]
    return {
        "n_units": len(records),
        "micro_f1": _round(f1_score(truth, given)),
        "macro_f1": _round(float(f1[frequent].mean()) if frequent.any() else 0.0),
        "macro_labels": int(frequent.sum()),
        "exact_match": _round(float((truth == given).all(axis=1).mean())),
        "none_f1": _round(f1_score(truth.sum(axis=1) == 0, given.sum(axis=1) == 0)),
        "role_accuracy": _round(float(np.mean(role_hits))),
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
