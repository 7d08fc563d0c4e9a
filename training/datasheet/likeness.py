"""How like a corpus is to real reports: length, labels, headings, figures, roles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fazhi.normalize import normalize, squeeze
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.drawing import COLOURS, bare, new_figure

# 12, 3,400, 96.5 and the like; dates count too, as they do in the reports that are compared.
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.97)


@dataclass(frozen=True)
class Likeness:
    """What is compared: per body unit, and shares."""

    lengths: NDArray[np.int64]  # (body units,), characters
    labels: NDArray[np.int64]  # (body units,), labels of each
    figures: NDArray[np.int64]  # (body units,), numbers in each
    depths: NDArray[np.int64]  # (body units,), headings above each
    heading_share: float  # headings among headings and body units
    roles: dict[str, float]  # share of each role

    def row(self) -> dict[str, str]:
        """The figures of a table row."""
        quantiles = " ".join(f"{q:.0f}" for q in np.quantile(self.lengths, _QUANTILES))
        return {
            "body units": str(len(self.lengths)),
            "characters (10 25 50 75 90 97 %)": quantiles,
            "labels per unit": f"{self.labels.mean():.2f}",
            "no label": f"{(self.labels == 0).mean():.1%}",
            "several labels": f"{(self.labels > 1).mean():.1%}",
            "figures per unit": f"{self.figures.mean():.2f}",
            "with a figure": f"{(self.figures > 0).mean():.1%}",
            "headings": f"{self.heading_share:.1%}",
            "headings above a unit": f"{self.depths.mean():.2f}",
            **{role: f"{share:.1%}" for role, share in self.roles.items()},
        }


def measure(records: Sequence[Record], taxonomy: Taxonomy) -> Likeness:
    """Distributions over the body units of `records`, of which there must be some."""
    bodies = [record for record in records if record.kind == "body"]
    texts = [squeeze(normalize(record.text).text) for record in bodies]
    headings = sum(record.kind == "heading" for record in records)
    return Likeness(
        lengths=np.array([len(text) for text in texts]),
        labels=np.array([len(record.labels or ()) for record in bodies]),
        figures=np.array([len(_FIGURE.findall(text)) for text in texts]),
        depths=np.array([len(record.heading_path) for record in bodies]),
        heading_share=headings / (headings + len(bodies)),
        roles={
            role.name: float(np.mean([record.role == role.id for record in bodies]))
            for role in taxonomy.roles
        },
    )


def draw_likeness(measured: Mapping[str, Likeness]) -> Figure:
    """The distributions beside one another, a colour a text."""
    figure = new_figure(10, 7)
    grid = figure.subplots(2, 2)
    lengths = grid[0, 0]
    for (name, likeness), colour in zip(measured.items(), COLOURS * len(measured), strict=False):
        ordered = np.sort(likeness.lengths)
        lengths.plot(ordered, np.linspace(0, 1, len(ordered)), color=colour, label=name)
    lengths.set(xlabel="字数", ylabel="累计占比", title="句长", xlim=(0, 200))
    lengths.legend(frameon=False, loc="lower right")
    bare(lengths, "y")
    _bars(grid[0, 1], {n: m.labels for n, m in measured.items()}, 3, "每句标签数")
    _bars(grid[1, 0], {n: m.figures for n, m in measured.items()}, 5, "每句数字个数")
    _bars(grid[1, 1], {n: m.depths for n, m in measured.items()}, 4, "句子之上的标题层数")
    return figure


def _bars(axis: Axes, counts: Mapping[str, NDArray[np.int64]], last: int, title: str) -> None:
    """Shares of 0, 1, …, `last` or more."""
    width = 0.8 / len(counts)
    for number, (values, colour) in enumerate(
        zip(counts.values(), COLOURS * len(counts), strict=False)
    ):
        shares = np.bincount(np.minimum(values, last), minlength=last + 1) / len(values)
        axis.bar(np.arange(last + 1) + number * width, shares, width, color=colour)
    axis.set(title=title, ylabel="占比")
    axis.set_xticks(np.arange(last + 1) + 0.4 - width / 2, [*map(str, range(last)), f"≥{last}"])
    bare(axis, "y")
