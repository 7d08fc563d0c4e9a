"""Quality against speed and size: the table that `training/studies/pareto.py` writes, and its picture."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from fazhi.errors import RecordError
from training.drawing import COLOURS, GREY, bare, new_figure

_MARKERS = "osD^vP*Xph<>"


@dataclass(frozen=True)
class Point:
    """A measured model; a row of the table."""

    name: str
    layers: int
    precision: str
    micro_f1: float
    macro_f1: float
    none_f1: float
    role_accuracy: float
    sentences_per_s: float
    megabytes: float


def read_points(path: Path) -> list[Point]:
    """Read the table, in order.

    Raises:
        RecordError: it can't be read, lacks a column or holds no number where one should be; names the
            line and the column.
    """
    kinds = {"str": str, "int": int, "float": float}
    points = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [f.name for f in fields(Point) if f.name not in (reader.fieldnames or ())]
            if missing:
                raise RecordError(f"{path}, line 1: the header lacks the column `{missing[0]}`")
            for row in reader:
                values = {}
                for field in fields(Point):
                    try:
                        values[field.name] = kinds[str(field.type)](row[field.name])
                    except (TypeError, ValueError):
                        raise RecordError(
                            f"{path}, line {reader.line_num}: `{field.name}` is "
                            f"{row[field.name]!r}, not a number"
                        ) from None
                points.append(Point(**values))
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: can't be read: {error}") from None
    if not points:
        raise RecordError(f"{path}: holds no models")
    return points


def write_points(path: Path, points: Sequence[Point]) -> None:
    """Write the table that `read_points` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Point)])
        writer.writeheader()
        writer.writerows(asdict(point) for point in points)


def frontier(points: Sequence[Point], cost: str) -> list[Point]:
    """Those that no other beats in micro F1 without costing more, from the cheapest.

    `cost` is `sentences_per_s`, of which more is better, or `megabytes`, of which less is.
    """
    best: list[Point] = []
    for point in sorted(points, key=lambda p: (_cost(p, cost), -p.micro_f1)):
        if not best or point.micro_f1 > best[-1].micro_f1:
            best.append(point)
    return best


def _cost(point: Point, name: str) -> float:
    value = float(getattr(point, name))
    return -value if name == "sentences_per_s" else value


def draw_trade_off(points: Sequence[Point]) -> Figure:
    """Micro F1 against sentences a second and megabytes; the line is the frontier.

    A model has a colour and a marker, hollow where it isn't int8.
    """
    figure = new_figure(11, 4.6)
    left, right = figure.subplots(1, 2, sharey=True)
    names = list(dict.fromkeys(point.name for point in points))
    for axis, cost, title in (
        (left, "sentences_per_s", "每秒句数（越右越快）"),
        (right, "megabytes", "大小，MB（越左越小）"),
    ):
        best = frontier(points, cost)
        axis.plot(
            [getattr(p, cost) for p in best],
            [p.micro_f1 for p in best],
            color=GREY,
            lw=1,
            ls="--",
            zorder=1,
        )
        for number, name in enumerate(names):
            _draw_model(axis, [p for p in points if p.name == name], cost, number)
        axis.set(xlabel=title, xscale="log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.xaxis.set_major_formatter("{x:g}")
        axis.xaxis.set_minor_locator(NullLocator())
        bare(axis, "y")
    left.set_ylabel("micro F1")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside right upper", frameon=False, title="实心 int8，空心 fp32"
    )
    return figure


def _draw_model(axis: Axes, points: Sequence[Point], cost: str, number: int) -> None:
    colour = COLOURS[number % len(COLOURS)]
    xs, ys = [getattr(p, cost) for p in points], [p.micro_f1 for p in points]
    marker = _MARKERS[number % len(_MARKERS)]
    axis.plot(xs, ys, color=colour, lw=0.7, alpha=0.6)
    axis.plot([], [], marker, color=colour, label=f"{points[0].name}（{points[0].layers} 层）")
    for point, x, y in zip(points, xs, ys, strict=True):
        filled = colour if point.precision == "int8" else "white"
        axis.plot(x, y, marker, ms=8, mec=colour, mfc=filled)
