"""What all pictures share: a font for Chinese, colours, heat maps, panels.

Figures are made without pyplot, so that importing this neither opens a window nor chooses a backend: a
command saves its figure, and a notebook shows the one that a cell ends with. The font is Noto Sans SC, from
the package `zhplot`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import zhplot  # noqa: F401  (makes its font matplotlib's own)
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

# Told apart by the colour-blind, too: Okabe and Ito, “Color Universal Design”, 2008; yellow is too light.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000")
GREY = "#8C8C8C"
SMALL = 8  # points; the size of labels inside pictures

# What pictures say for values that tables hold in English.
CHINESE = {
    "train": "训练",
    "validation": "验证",
    "test": "测试",
    "county": "县区",
    "city": "市",
    "bureau": "部门",
    "town": "乡镇街道",
    "other": "其他文种",
    "issuer kind": "发文机关",
    "year": "年份",
    "2019 and before": "2019 年及以前",
    "2023–": "2023 年起",
    "length in characters": "字数",
    "topics": "主题数",
    "none": "无",
    "one": "一个",
    "several": "多个",
    "own topic": "自带主题",
    "all units": "全部",
    "with headings": "带标题",
    "without headings": "不带标题",
    "Traditional script with pinyin": "繁体加拼音",
    "mixed noise": "混合噪声",
}


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, whose parts keep clear of one another."""
    return Figure(figsize=(width, height), layout="constrained")


def panels(
    number: int, columns: int, width: float, height: float, ranges: bool = False
) -> tuple[Figure, list[Axes]]:
    """A grid of `number` panels of that size each; with `ranges` they share both axes."""
    columns = max(1, min(columns, number))
    rows = -(-number // columns)
    figure = new_figure(columns * width, rows * height)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=ranges, sharey=ranges).ravel()
    for axis in grid[number:]:
        axis.remove()
    if ranges:  # panels above a removed one have lost their scale
        for axis in grid[max(0, number - columns) : number]:
            axis.tick_params(labelbottom=True)
    return figure, list(grid[:number])


def heat_map(
    axis: Axes,
    counts: NDArray[np.int64],
    rows: Sequence[str],
    columns: Sequence[str],
    full: float | None = None,
) -> None:
    """Counts (rows, columns) as shades, the number in every cell that has one; `full` is the darkest."""
    full = float(full or counts.max(initial=0) or 1)
    axis.imshow(counts, cmap="Blues", vmin=0, vmax=full, aspect="auto")
    for i, j in zip(*np.nonzero(counts), strict=True):
        ink = "white" if counts[i, j] > 0.55 * full else "black"
        axis.text(j, i, f"{counts[i, j]}", ha="center", va="center", fontsize=SMALL, color=ink)
    axis.set_xticks(range(len(columns)), columns, rotation=90, fontsize=SMALL + 1)
    axis.set_yticks(range(len(rows)), rows, fontsize=SMALL + 1)
    axis.set_xticks(np.arange(1, len(columns)) - 0.5, minor=True)
    axis.set_yticks(np.arange(1, len(rows)) - 0.5, minor=True)
    axis.grid(which="minor", color="white", lw=0.8)
    axis.tick_params(which="both", length=0)
    axis.spines[:].set_visible(False)


def bare(axis: Axes, grid: str) -> None:
    """Only what carries data: no frame on the right and top, a light grid along `x` or `y`."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_axisbelow(True)
    axis.grid(axis="x" if grid == "x" else "y", color="#E5E5E5", lw=0.8)
