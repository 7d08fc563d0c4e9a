"""Pictures of one system on one set of units: F1 by label, precision against recall, calibration, slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.drawing import CHINESE, COLOURS, GREY, SMALL, bare, new_figure, panels
from training.evaluation.calibration import expected_calibration_error, reliability
from training.evaluation.metrics import Answers, role_indices, truth_of

_COLUMNS = 6
_FEW = 10  # scores in a bin of the reliability diagram
_SLICE_FIGURES = ("micro_f1", "none_f1", "role_accuracy")


def draw_f1(metrics: Mapping[str, Any], taxonomy: Taxonomy) -> Figure:
    """A bar a label that the units have, best on top, with F1 and support; the line is macro F1."""
    rows = [(label.name, metrics["per_label"][label.id]) for label in taxonomy.labels]
    rows = sorted((row for row in rows if row[1]["support"]), key=lambda row: row[1]["f1"])
    figure = new_figure(8, 0.27 * len(rows) + 1.1)
    axis = figure.subplots()
    names = [f"{name}（{row['support']}）" for name, row in rows]
    bars = axis.barh(names, [row["f1"] for _, row in rows], color=COLOURS[0])
    axis.axvline(metrics["macro_f1"], color=COLOURS[1], lw=1.5)
    white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    axis.bar_label(bars, fmt="%.2f", padding=4, fontsize=SMALL, bbox=white)
    axis.set(
        xlim=(0, 1.08),
        xlabel="F1（括号内为正例数）",
        title=f"各主题 F1：micro {metrics['micro_f1']:.3f}，macro {metrics['macro_f1']:.3f}（竖线）",
    )
    axis.set_xticks(np.arange(0, 1.01, 0.2))
    axis.margins(y=0.01)
    bare(axis, "x")
    return figure


def draw_precision_recall(
    units: Sequence[Record],
    answers: Answers,
    thresholds: Mapping[str, float],
    taxonomy: Taxonomy,
) -> Figure:
    """A panel a label that the units have, least average precision first; the dot is its threshold.

    Needs scores.
    """
    truth, scores = truth_of(units, taxonomy), answers.scores
    if scores is None:
        raise ValueError("a system without scores has no curves")
    precisions = {
        j: float(average_precision_score(truth[:, j], scores[:, j]))
        for j in np.flatnonzero(truth.any(axis=0))
    }
    figure, grid = panels(len(precisions), _COLUMNS, 2.1, 2.1, ranges=True)
    for axis, j in zip(grid, sorted(precisions, key=precisions.__getitem__), strict=True):
        precision, recall, _ = precision_recall_curve(truth[:, j], scores[:, j])
        axis.plot(recall, precision, color=COLOURS[0], lw=1.3, drawstyle="steps-post")
        label = taxonomy.labels[j]
        hits = int((truth[:, j] & answers.given[:, j]).sum())
        given = int(answers.given[:, j].sum())
        if given:
            axis.plot(hits / truth[:, j].sum(), hits / given, "o", color=COLOURS[3], ms=6)
        axis.set_title(label.name, fontsize=SMALL + 2)
        note = f"阈值 {thresholds[label.id]:.2f}\nAP {precisions[j]:.2f}\n{truth[:, j].sum()} 例"
        axis.text(0.06, 0.06, note, fontsize=SMALL, transform=axis.transAxes)
        axis.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.05), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
        bare(axis, "y")
    figure.supxlabel("召回率", fontsize=SMALL + 2)
    figure.supylabel("精确率", fontsize=SMALL + 2)
    return figure


def draw_reliability(
    units: Sequence[Record], before: Answers, after: Answers, taxonomy: Taxonomy
) -> Figure:
    """Scores of topics and of the chosen roles against how often they are right, before and after calibration.

    Below, how many scores each bin has; those with few are hollow and prove nothing. Needs scores.
    """
    truth = truth_of(units, taxonomy)
    roles = role_indices([unit.role or "" for unit in units], taxonomy)
    figure = new_figure(9.5, 5.2)
    grid = figure.subplots(2, 2, sharex="col", height_ratios=(4, 1))
    for (upper, lower), title, pairs in (
        (grid[:, 0], "主题", [(_scores(a.scores), truth) for a in (before, after)]),
        (
            grid[:, 1],
            "角色（所选的）",
            [(_scores(a.role_scores).max(axis=1), a.roles == roles) for a in (before, after)],
        ),
    ):
        _reliability(upper, lower, pairs)
        upper.set(title=title, ylim=(-0.03, 1.03))
        lower.set(xlabel="得分", yscale="log")
        bare(lower, "y")
    grid[0, 0].set_ylabel("正确的比例")
    grid[1, 0].set_ylabel("个数")
    return figure


def _scores(values: NDArray[np.float64] | None) -> NDArray[np.float64]:
    if values is None:
        raise ValueError("a system without scores can't be calibrated")
    return values


def _reliability(
    upper: Axes, lower: Axes, pairs: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]]
) -> None:
    upper.plot([0, 1], [0, 1], color=GREY, lw=1)
    for name, colour, marker, (scores, hits) in zip(
        ("校准前", "校准后"), (COLOURS[1], COLOURS[0]), "so", pairs, strict=True
    ):
        bins = reliability(scores, hits)
        error = expected_calibration_error(scores, hits)
        label = f"{name}，ECE {error:.4f}"
        many = bins.n >= _FEW
        upper.plot(bins.score[many], bins.share[many], marker=marker, color=colour, label=label)
        upper.plot(bins.score[~many], bins.share[~many], marker, ms=4, mfc="white", color=colour)
        lower.plot(bins.score, bins.n, marker=marker, ms=4, lw=1, color=colour)
    upper.legend(frameon=False, loc="upper left")
    bare(upper, "y")


def draw_slices(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Figures of every part (`slices.slice_rows`), a colour a slice, its size in brackets.

    A dash stands where a part has nothing that the figure is over.
    """
    ordered = list(reversed(rows))
    slices = list(dict.fromkeys(row["slice"] for row in rows))
    figure = new_figure(11, 0.25 * len(rows) + 1.2)
    grid = figure.subplots(1, len(_SLICE_FIGURES), sharey=True)
    for axis, key in zip(grid, _SLICE_FIGURES, strict=True):
        for y, row in enumerate(ordered):
            colour = COLOURS[slices.index(row["slice"]) % len(COLOURS)]
            note = {"xytext": (7, 0), "textcoords": "offset points", "fontsize": SMALL}
            if key in row:
                axis.plot(row[key], y, "o", color=colour, ms=6)
                axis.annotate(f"{row[key]:.3f}", (row[key], y), va="center", **note)
            else:
                left = axis.get_yaxis_transform()
                axis.annotate("–", (0, y), xycoords=left, va="center", **note)
        axis.margins(x=0.25)
        axis.set_ylim(-0.7, len(rows) - 0.3)
        axis.set_title(
            {"none_f1": "无主题句 F1", "role_accuracy": "角色正确率"}.get(key, "micro F1")
        )
        bare(axis, "x")
    grid[0].set_yticks(range(len(ordered)), [_part(r) for r in ordered], fontsize=SMALL + 1)
    return figure


def _part(row: Mapping[str, Any]) -> str:
    slice_, part = (CHINESE.get(row[key], row[key]) for key in ("slice", "part"))
    return f"{slice_}：{part}（{row['n_units']}）"
