"""Several systems on the same units, as rows: figures, their intervals over reports, their spread over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.evaluation.bootstrap import drawn_figures, interval
from training.evaluation.metrics import Answers, measure

FIGURES = ("micro_f1", "macro_f1", "none_f1", "exact_match", "role_accuracy", "ece")
CALIBRATION = ("ece", "label_ece", "tag_ece", "role_ece")


def compare(
    systems: Mapping[str, Sequence[Answers]], units: Sequence[Record], taxonomy: Taxonomy
) -> list[dict[str, Any]]:
    """A row a system, in order; a system has the answers of one run, or of several seeds.

    Figures are those of `measure`, means over the runs; `runs` counts them, `spread` has the standard
    deviation of each figure over them (empty with one run); `intervals` has 95 % intervals of micro_f1
    and macro_f1, by drawing reports with replacement.
    """
    return [_row(name, answers, units, taxonomy) for name, answers in systems.items()]


def _row(
    name: str, runs: Sequence[Answers], units: Sequence[Record], taxonomy: Taxonomy
) -> dict[str, Any]:
    measured = [measure(units, answers, taxonomy) for answers in runs]
    first = measured[0]
    numbers = {key: [m[key] for m in measured] for key in first if isinstance(first[key], float)}
    return {
        "system": name,
        "runs": len(runs),
        "n_units": first["n_units"],
        "macro_labels": first["macro_labels"],
        **{key: _mean(values) for key, values in numbers.items()},
        "spread": {key: round(float(np.std(values, ddof=1)), 4) for key, values in numbers.items()}
        if len(runs) > 1
        else {},
        "intervals": intervals(runs, units, taxonomy),
        "per_label": {
            label: {key: _mean([m["per_label"][label][key] for m in measured]) for key in figures}
            for label, figures in first["per_label"].items()
        },
    }


def intervals(
    runs: Sequence[Answers], units: Sequence[Record], taxonomy: Taxonomy
) -> dict[str, list[float]]:
    """95 % intervals of micro_f1 and macro_f1 (mean of the runs), by a bootstrap over reports."""
    drawn = [drawn_figures(units, answers, taxonomy) for answers in runs]
    means = {
        "micro_f1": np.mean([figures.micro_f1 for figures in drawn], axis=0),
        "macro_f1": np.mean([figures.macro_f1 for figures in drawn], axis=0),
    }
    return {key: [round(v, 4) for v in interval(values)] for key, values in means.items()}


def to_markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a Markdown table; `±` is the standard deviation over seeds, brackets the interval."""
    lines = [
        "| system | micro F1 | macro F1 | none F1 | exact match | role accuracy | ECE |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['system']} | " + " | ".join(cell(row, key) for key in FIGURES) + " |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def cell(row: Mapping[str, Any], key: str) -> str:
    """One figure as text, with its spread or else its interval; a dash where there is none."""
    if key not in row:
        return "–"
    text = f"{row[key]:.4f}" if key.endswith("ece") else f"{row[key]:.3f}"
    if key in row["spread"]:
        return f"{text} ± {row['spread'][key]:.3f}"
    if key in row["intervals"]:
        low, high = row["intervals"][key]
        return f"{text} [{low:.3f}, {high:.3f}]"
    return text


def _mean(values: Sequence[float]) -> float:
    """An integer stays one: the support of a label is the same in every run."""
    return values[0] if isinstance(values[0], int) else round(float(np.mean(values)), 4)
