"""A comparison of reports as a wide CSV table, or as tables in Chinese on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import IO, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fazhi.comparison import Comparison, ReportRow
from fazhi.output.units import write_csv_rows
from fazhi.taxonomy import Taxonomy


def write_comparison_csv(comparison: Comparison, stream: IO[str]) -> None:
    """One row a report, columns by id; see `README.md` beside this file."""
    write_csv_rows([_cells(row) for row in comparison.reports], stream)


def _cells(row: ReportRow) -> dict[str, Any]:
    carried = row.carried_over
    return {
        **{"report": row.name, **asdict(row.facts)},
        **{"units": row.units, "characters": row.characters},
        **{f"role_{role}": n for role, n in row.roles.items()},
        "figures": row.figures,
        "n_missing": None if row.missing is None else len(row.missing),
        "missing": ";".join(row.missing or ()),
        "carried_over_from": carried.from_report if carried else None,
        "carried_over_units": carried.units if carried else None,
        "carried_over_share": carried.share if carried else None,
        **{f"count_{label}": topic.units for label, topic in row.topics.items()},
        **{f"share_{label}": topic.share for label, topic in row.topics.items()},
    }


def write_comparison_table(comparison: Comparison, taxonomy: Taxonomy, stream: IO[str]) -> None:
    """Two tables: the reports, and how many of them have each topic and how much of it."""
    console = Console(file=stream, highlight=False)
    with console.capture() as capture:  # printing itself, it would exit with 1 below `| head`
        console.print(_reports(comparison))
        console.print(_topics(comparison, taxonomy))
    stream.write(capture.get())


def _reports(comparison: Comparison) -> Table:
    caption = "缺少：同类机关通常写到、此处未写的主题数　沿用：与本机关上一份报告相同的句子所占比例"
    table = Table(title="报告", caption=caption, expand=True, pad_edge=False)
    table.add_column("报告", ratio=1, overflow="fold")
    for title in ("年度", "句数", "问题", "计划", "数字", "缺少", "沿用"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in comparison.reports:
        table.add_row(
            *(Text(row.name), _text(row.facts.year), str(row.units)),
            *(str(row.problems), str(row.plans), str(row.figures)),
            _text(None if row.missing is None else len(row.missing)),
            f"{row.carried_over.share:.0%}" if row.carried_over else "–",
        )
    return table


def _topics(comparison: Comparison, taxonomy: Taxonomy) -> Table:
    table = Table(title="主题占正文句数", expand=True, pad_edge=False)
    table.add_column("主题", ratio=1, overflow="fold")
    for title in ("报告数", "平均", "最低", "最高"):
        table.add_column(title, justify="right", no_wrap=True)
    for label in comparison.topics:
        shares = [row.topics[label].share for row in comparison.reports]
        table.add_row(
            Text(taxonomy.label_by_id[label].name),
            str(sum(share > 0 for share in shares)),
            *(f"{share:.1%}" for share in (_mean(shares), min(shares), max(shares))),
        )
    return table


def _mean(shares: Sequence[float]) -> float:
    return sum(shares) / len(shares)


def _text(value: int | None) -> str:
    return "–" if value is None else str(value)
