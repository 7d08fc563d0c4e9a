"""Tables for the terminal: systems side by side, one system by label, and its slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from fazhi.taxonomy import Taxonomy
from training.evaluation.comparison import CALIBRATION, FIGURES, cell


def print_comparison(rows: Sequence[Mapping[str, Any]], title: str) -> None:
    """A line a system; below, the calibration errors of those that have scores."""
    summary = Table("system", *FIGURES, title=title)
    errors = Table("system", *CALIBRATION, title="expected calibration error")
    for row in rows:
        summary.add_row(row["system"], *(cell(row, key) for key in FIGURES))
        if "ece" in row:
            errors.add_row(row["system"], *(cell(row, key) for key in CALIBRATION))
    console = Console()
    console.print(summary)
    console.print(errors)


def print_labels(row: Mapping[str, Any], taxonomy: Taxonomy) -> None:
    """A line a label, for one system."""
    labels = Table(
        "label", "name", "precision", "recall", "f1", "support", title=f"{row['system']}, by label"
    )
    for label in taxonomy.labels:
        figures = row["per_label"][label.id]
        texts = [f"{figures[key]:.3f}" for key in ("precision", "recall", "f1")]
        support = figures["support"]
        labels.add_row(label.id, label.name, *(texts if support else ["–"] * 3), str(support))
    Console().print(labels)


def print_slices(rows: Sequence[Mapping[str, Any]], system: str) -> None:
    """A line a part of the units."""
    keys = ("micro_f1", "macro_f1", "none_f1", "role_accuracy", "ece")
    table = Table("slice", "part", "units", *keys, title=f"{system}, by slice")
    for row in rows:
        figures = (f"{row[key]:.3f}" if key in row else "–" for key in keys)
        table.add_row(row["slice"], row["part"], str(row["n_units"]), *figures)
    Console().print(table)
