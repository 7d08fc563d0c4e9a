"""How like a corpus is to real reports: length, labels, headings, figures, roles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray

from fazhi.normalize import normalize, squeeze
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy

matplotlib.use("Agg")  # no display needed

import zhplot  # noqa: E402, F401  (gives matplotlib a Chinese font)
from matplotlib import axes, pyplot  # noqa: E402

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


def plot(measured: Mapping[str, Likeness], path: Path) -> None:
    """Draw the distributions beside one another as a picture, a colour a text."""
    figure, panels = pyplot.subplots(2, 2, figsize=(10, 7), layout="constrained")
    for name, likeness in measured.items():
        ordered = np.sort(likeness.lengths)
        panels[0, 0].plot(ordered, np.linspace(0, 1, len(ordered)), label=name)
    panels[0, 0].set(xlabel="字数", ylabel="累计占比", title="句长", xlim=(0, 200))
    _bars(panels[0, 1], {n: m.labels for n, m in measured.items()}, 3, "每句标签数")
    _bars(panels[1, 0], {n: m.figures for n, m in measured.items()}, 5, "每句数字个数")
    _bars(panels[1, 1], {n: m.depths for n, m in measured.items()}, 4, "句子之上的标题层数")
    panels[0, 0].legend(frameon=False)
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def _bars(axis: axes.Axes, counts: Mapping[str, NDArray[np.int64]], last: int, title: str) -> None:
    """Shares of 0, 1, …, `last` or more."""
    width = 0.8 / len(counts)
    for number, (name, values) in enumerate(counts.items()):
        shares = np.bincount(np.minimum(values, last), minlength=last + 1) / len(values)
        axis.bar(np.arange(last + 1) + number * width, shares, width, label=name)
    axis.set(title=title, ylabel="占比")
    axis.set_xticks(np.arange(last + 1) + 0.4 - width / 2)
    axis.set_xticklabels([*map(str, range(last)), f"≥{last}"])
