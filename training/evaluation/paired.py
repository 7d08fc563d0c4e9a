"""Two systems on the same units: differences with their intervals, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.corpus import report_of
from training.evaluation.bootstrap import drawn_figures, interval
from training.evaluation.metrics import MIN_SUPPORT, Answers, role_indices, truth_of


@dataclass(frozen=True)
class Difference:
    """A figure of two systems, and the 95 % interval of the second's less the first's.

    `support` counts what the figure is over: positives, or units for role accuracy. There is no
    interval, None, where all units are of one report, which says nothing of the next.
    """

    name: str
    support: int
    first: float
    second: float
    low: float | None
    high: float | None

    @property
    def difference(self) -> float:
        """Above zero the second is better."""
        return self.second - self.first

    @property
    def is_clear(self) -> bool:
        """Whether chance in the choice of reports doesn't explain it."""
        return self.low is not None and self.high is not None and self.low * self.high > 0


def overall_differences(
    units: Sequence[Record], first: Answers, second: Answers, taxonomy: Taxonomy
) -> dict[str, Difference]:
    """Of micro_f1, macro_f1 and role_accuracy, as `measure` calls and counts them."""
    positives = int(truth_of(units, taxonomy).sum())
    one, other = (drawn_figures(units, answers, taxonomy) for answers in (first, second))
    several = _have_several_reports(units)
    return {
        key: _difference(name, support, getattr(one, key), getattr(other, key), several)
        for key, name, support in (
            ("micro_f1", "micro F1", positives),
            ("macro_f1", "macro F1", positives),
            ("role_accuracy", "role accuracy", len(units)),
        )
    }


def differences(
    units: Sequence[Record], first: Answers, second: Answers, taxonomy: Taxonomy
) -> list[Difference]:
    """Micro F1, macro F1, then the labels that the units have, in taxonomy order; names are Chinese."""
    support = truth_of(units, taxonomy).sum(axis=0)
    overall = overall_differences(units, first, second, taxonomy)
    rows = [overall["micro_f1"]]
    if (support >= MIN_SUPPORT).any():
        rows.append(overall["macro_f1"])
    one, other = (drawn_figures(units, answers, taxonomy).labels for answers in (first, second))
    several = _have_several_reports(units)
    return rows + [
        _difference(label.name, int(support[j]), one[:, j], other[:, j], several)
        for j, label in enumerate(taxonomy.labels)
        if support[j]
    ]


def _have_several_reports(units: Sequence[Record]) -> bool:
    return len({report_of(unit) for unit in units}) > 1


def _difference(
    name: str,
    support: int,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    several_reports: bool,
) -> Difference:
    low, high = interval(second - first) if several_reports else (None, None)
    return Difference(name, support, float(first[0]), float(second[0]), low, high)


def disagreements(
    units: Sequence[Record], first: Answers, second: Answers, taxonomy: Taxonomy
) -> list[dict[str, Any]]:
    """A row a unit that the systems answer differently: id, annotated, first, second, better, text.

    `better` is `first` or `second`, whichever has fewer wrong topics and roles, or empty; the units on
    which they are furthest apart come first.
    """
    truth = truth_of(units, taxonomy)
    roles = role_indices([unit.role or "" for unit in units], taxonomy)
    wrong = np.stack([(truth != a.given).sum(axis=1) + (roles != a.roles) for a in (first, second)])
    differ = (first.given != second.given).any(axis=1) | (first.roles != second.roles)
    rows = []
    gain = (wrong[0] - wrong[1]).tolist()
    for i in sorted(np.flatnonzero(differ).tolist(), key=lambda i: -abs(gain[i])):
        rows.append(
            {
                "id": units[i].id,
                "annotated": _names(truth[i], roles[i], taxonomy),
                "first": _names(first.given[i], first.roles[i], taxonomy),
                "second": _names(second.given[i], second.roles[i], taxonomy),
                "better": "second" if gain[i] > 0 else "first" if gain[i] < 0 else "",
                "text": units[i].text,
            }
        )
    return rows


def _names(labels: NDArray[np.bool_], role: int, taxonomy: Taxonomy) -> str:
    topics = "、".join(taxonomy.labels[j].name for j in np.flatnonzero(labels))
    return f"{topics or '（无）'}｜{taxonomy.roles[role].name}"
