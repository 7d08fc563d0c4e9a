"""Pictures of a run: curves of its log, and F1 by label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fazhi.taxonomy import Taxonomy
from training.drawing import new_figure

_FIGURES = ("micro_f1", "macro_f1", "role_accuracy")


def plot_curves(log: Sequence[dict[str, Any]], path: Path) -> None:
    """Loss of training and validation, and validation figures, against the epoch; a line marks what was kept."""
    figure = new_figure(11, 4)
    left, right = figure.subplots(1, 2)
    for key, name in (("loss", "training"), ("validation_loss", "validation")):
        left.plot(*_points(log, key), label=name, marker="o" if name == "validation" else None)
    left.set(xlabel="epoch", ylabel="loss")
    for key in _FIGURES:
        right.plot(*_points(log, f"validation_{key}"), label=key, marker="o")
    right.set(xlabel="epoch", ylabel="validation")
    kept_step = log[-1]["kept_step"]
    kept = [row["epoch"] for row in log if row["step"] == kept_step]
    for axis in (left, right):
        axis.axvline(kept[0], color="grey", linestyle=":", label="kept")
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
    figure.savefig(path, dpi=90)


def plot_labels(metrics: dict[str, Any], taxonomy: Taxonomy, path: Path) -> None:
    """A bar a label, best first, for the last split of `metrics`, with its support."""
    split, figures = list(metrics.items())[-1]
    rows = sorted(
        ((label, figures["per_label"][label.id]) for label in taxonomy.labels),
        key=lambda row: row[1]["f1"],
    )
    names = [f"{label.name} ({row['support']})" for label, row in rows]
    figure = new_figure(7, 1 + 0.28 * len(rows))
    axis = figure.subplots()
    bars = axis.barh(names, [row["f1"] for _, row in rows], color="C0")
    axis.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
    axis.axvline(figures["macro_f1"], color="grey", linestyle=":")
    axis.set(
        xlim=(0, 1.08),
        xlabel=f"F1 (support), {split}; micro {figures['micro_f1']:.3f}, "
        f"macro {figures['macro_f1']:.3f} (dotted)",
    )
    figure.savefig(path, dpi=90)


def _points(log: Sequence[dict[str, Any]], key: str) -> tuple[list[float], list[float]]:
    rows = [row for row in log if key in row]
    return [row["epoch"] for row in rows], [row[key] for row in rows]
