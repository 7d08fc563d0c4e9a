"""Figures of a system over draws of whole reports, since units of one report are alike.

Every system is scored on the same draws (Koehn, “Statistical significance tests for machine translation
evaluation”, 2004), so that figures of two can be subtracted draw by draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.corpus import report_of
from training.evaluation.metrics import MIN_SUPPORT, Answers, role_indices, truth_of

_DRAWS = 2000
_CONFIDENCE = (2.5, 97.5)  # percentiles


@dataclass(frozen=True)
class DrawnFigures:
    """Figures of `measure`: first of the units themselves, then of each draw.

    A label that a draw lacks, and that wasn't given, has an F1 of 1.
    """

    micro_f1: NDArray[np.float64]  # (1 + draws,)
    macro_f1: NDArray[np.float64]  # (1 + draws,), over labels that are frequent in all units
    role_accuracy: NDArray[np.float64]  # (1 + draws,)
    labels: NDArray[np.float64]  # F1, (1 + draws, labels)


def drawn_figures(units: Sequence[Record], answers: Answers, taxonomy: Taxonomy) -> DrawnFigures:
    """Figures of one system; the draws depend on the units alone."""
    reports, weights = _draw_reports(units)
    truth, given = truth_of(units, taxonomy), answers.given
    hits = weights @ _by_report(truth & given, reports)  # (1 + draws, labels)
    both = weights @ (_by_report(truth, reports) + _by_report(given, reports))
    labels = _f1_of_counts(hits, both)
    frequent = truth.sum(axis=0) >= MIN_SUPPORT
    right = answers.roles == role_indices([unit.role or "" for unit in units], taxonomy)
    return DrawnFigures(
        micro_f1=_f1_of_counts(hits.sum(axis=1), both.sum(axis=1)),
        macro_f1=labels[:, frequent].mean(axis=1) if frequent.any() else np.zeros(len(weights)),
        role_accuracy=(weights @ np.bincount(reports, right)) / (weights @ np.bincount(reports)),
        labels=labels,
    )


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """What 95 % of the draws lie between, of one figure (1 + draws,)."""
    low, high = np.percentile(values[1:], _CONFIDENCE)
    return float(low), float(high)


def _draw_reports(units: Sequence[Record]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The report of each unit (units,), and how often each draw took it (1 + draws, reports).

    The first takes each once; they are alike on every call.
    """
    reports = np.unique([report_of(unit) for unit in units], return_inverse=True)[1]
    n = int(reports.max()) + 1
    draws = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), _DRAWS)
    return reports, np.vstack([np.ones((1, n), dtype=np.int64), draws])


def _by_report(cells: NDArray[np.bool_], reports: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts of true cells: (reports, labels), from (units, labels)."""
    counts = np.zeros((int(reports.max()) + 1, cells.shape[1]), dtype=np.int64)
    np.add.at(counts, reports, cells)
    return counts


def _f1_of_counts(hits: NDArray[np.int64], both: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 from hits and annotated plus given; 1 where there is nothing to find and nothing was given."""
    return np.where(both > 0, 2 * hits / np.maximum(both, 1), 1.0)
