"""Pictures of several runs side by side: learning curves, figures with intervals, differences by label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from training.drawing import COLOURS, GREY, SMALL, bare, new_figure
from training.evaluation.paired import Difference
from training.evaluation.results import Results

_CURVES = (
    ("loss", "训练损失"),
    ("validation_micro_f1", "验证集 micro F1"),
    ("validation_macro_f1", "验证集 macro F1"),
)
_FIGURES = {
    "micro_f1": "micro F1",
    "macro_f1": "macro F1",
    "none_f1": "无主题句 F1",
    "role_accuracy": "角色正确率",
}


def draw_curves(runs: Sequence[Results]) -> Figure:
    """Loss and validation figures by epoch, a colour a run."""
    figure = new_figure(12, 3.8)
    grid = figure.subplots(1, len(_CURVES))
    for axis, (key, title) in zip(grid, _CURVES, strict=True):
        for run, colour in zip(runs, _colours(len(runs)), strict=True):
            rows = [row for row in run.log if key in row]
            marker = "o" if key.startswith("validation") else None
            epochs = [row["epoch"] for row in rows]
            axis.plot(epochs, [r[key] for r in rows], color=colour, marker=marker, label=run.name)
        axis.set(xlabel="轮次", title=title)
        bare(axis, "y")
    grid[0].set_yscale("log")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    return figure


def draw_figures(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """A panel a figure, a dot a row of `comparison.compare`; lines are 95 % intervals over reports."""
    figure = new_figure(12, 0.4 * len(rows) + 1.4)
    grid = figure.subplots(1, len(_FIGURES), sharey=True)
    ys = np.arange(len(rows))[::-1]
    for axis, (key, title) in zip(grid, _FIGURES.items(), strict=True):
        for y, row, colour in zip(ys, rows, _colours(len(rows)), strict=True):
            if key in row["intervals"]:
                axis.plot(row["intervals"][key], (y, y), color=colour, lw=2, alpha=0.5)
            axis.plot(row[key], y, "o", color=colour, ms=7)
            axis.annotate(
                f"{row[key]:.3f}",
                (row[key], y),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
            )
        axis.set_title(title)
        axis.margins(x=0.25)
        axis.set_ylim(-0.6, len(rows) - 0.3)
        bare(axis, "x")
    grid[0].set_yticks(ys, [row["system"] for row in rows])
    return figure


def draw_differences(found: Sequence[Difference], first: str, second: str) -> Figure:
    """A line a label, the largest gain on top; what chance in the choice of reports may explain is grey."""
    whole = [d for d in found if d.name.endswith(" F1")]
    ordered = [*sorted((d for d in found if d not in whole), key=lambda d: d.difference), *whole]
    figure = new_figure(8, 0.27 * len(ordered) + 1.3)
    axis = figure.subplots()
    axis.axvline(0, color="black", lw=1)
    for y, d in enumerate(ordered):
        colour = (COLOURS[0] if d.difference > 0 else COLOURS[3]) if d.is_clear else GREY
        if d.low is not None and d.high is not None:
            axis.plot((d.low, d.high), (y, y), color=colour, lw=2)
        axis.plot(d.difference, y, "o", color=colour, ms=6)
    names = [d.name if d in whole else f"{d.name}（{d.support}）" for d in ordered]
    axis.set_yticks(range(len(ordered)), names, fontsize=SMALL + 1)
    axis.margins(y=0.02)
    axis.set(
        xlabel=f"F1 之差：右边 {second} 较好，左边 {first} 较好（95% 区间，按报告重抽样）",
        title=f"{second} 与 {first} 之差（灰色：可能只是偶然）",
    )
    bare(axis, "x")
    return figure


def _colours(number: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(number)]
