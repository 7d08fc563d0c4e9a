"""A finished benchmark as files: every row as CSV, medians and targets as Markdown, a plot."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import matplotlib
import matplotlib.ticker

from benchmarks.bare import CALL, LOOP
from benchmarks.rows import Row, Target, medians
from benchmarks.scenarios import CLOSED_LOOPS

matplotlib.use("Agg")  # no display needed

from matplotlib import pyplot  # noqa: E402

_HEADER = "| system | scenario | sentences/s | p50 ms | p90 ms | p99 ms | requests | failed | client CPU ms |"


def write(folder: Path, rows: Sequence[Row], targets: Sequence[Target], notes: str) -> Path:
    """Write `bench.csv`, `bench.md` and `bench.png` into `folder`; the path of the Markdown."""
    with (folder / "bench.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, asdict(rows[0]))
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    _plot(medians(rows), folder / "bench.png")
    path = folder / "bench.md"
    text = f"{table(rows)}\n\n{target_table(targets)}\n\n{notes}\n"
    path.write_text(text, encoding="utf-8")
    return path


def table(rows: Sequence[Row]) -> str:
    """Medians over the rounds, as a Markdown table."""
    lines = [_HEADER, "|---|---|" + "---:|" * 7]
    lines += [
        f"| {r.system} | {r.scenario} | {r.throughput:.1f} | {r.p50_ms:.1f} | {r.p90_ms:.1f} "
        f"| {r.p99_ms:.1f} | {r.requests} | {r.failures} | {r.client_cpu_ms:.2f} |"
        for r in medians(rows)
    ]
    return "\n".join(lines)


def target_table(targets: Sequence[Target]) -> str:
    """Figures beside their bounds, as a Markdown table."""
    lines = ["| target | measured | bound | held |", "|---|---:|---:|---|"]
    lines += [
        f"| {t.name} | {t.value:.2f} | {'≥' if t.is_floor else '≤'} {t.bound:g} "
        f"| {'yes' if t.is_met else '**NO**'} |"
        for t in targets
    ]
    return "\n".join(lines)


def _plot(rows: Sequence[Row], path: Path) -> None:
    """Throughput and latency against the number of connections, a line a server."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    closed = [row for row in rows if row.scenario in CLOSED_LOOPS]
    for number, system in enumerate(dict.fromkeys(row.system for row in closed)):
        points = [row for row in closed if row.system == system]
        x, color = [row.concurrency for row in points], f"C{number}"
        left.plot(x, [row.throughput for row in points], "-o", color=color, label=system)
        right.plot(x, [row.p50_ms for row in points], "-o", color=color, label=f"{system}, p50")
        right.plot(x, [row.p99_ms for row in points], "--x", color=color, label=f"{system}, p99")
    for row in rows:
        if row.scenario == LOOP:
            left.axhline(row.throughput, color="0.5", linestyle=":", label=row.system)
        elif row.scenario == CALL:
            right.axhline(row.p50_ms, color="0.5", linestyle=":", label=f"{row.system}, p50")
    left.set(xscale="log", xlabel="connections", ylabel="sentences/s", ylim=(0, None))
    right.set(xscale="log", yscale="log", xlabel="connections", ylabel="ms")
    for axis in (left, right):
        axis.set_xticks(sorted({row.concurrency for row in closed}))
        axis.get_xaxis().set_major_formatter(matplotlib.ticker.ScalarFormatter())
        axis.get_xaxis().set_minor_formatter(matplotlib.ticker.NullFormatter())
        axis.grid(alpha=0.3)
        axis.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
