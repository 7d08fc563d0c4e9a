"""Columns and sheets that XLSX files of reports and of comparisons have in common."""

from __future__ import annotations

from collections.abc import Sequence

from fazhi.analysis import Facts
from fazhi.inputs import Failed
from fazhi.output.names import ISSUER_KIND_NAMES, ISSUER_LEVEL_NAMES
from fazhi.output.workbook import Column, Value, Workbook

REPORT = Column("报告", 24)
FACTS = (
    *(Column("标题", 40, "long"), Column("发布机关", 26, "long"), Column("机关类型", 10)),
    *(Column("层级", 8), Column("地区", 18), Column("年度", 8, "integer"), Column("日期", 12)),
)
SENTENCE = Column("句子", 70, "long")


def fact_cells(facts: Facts) -> tuple[Value, ...]:
    """Cells of the columns `FACTS`."""
    return (
        *(facts.title, facts.issuer, ISSUER_KIND_NAMES.get(facts.issuer_kind or "")),
        *(ISSUER_LEVEL_NAMES.get(facts.issuer_level or ""), facts.region, facts.year, facts.date),
    )


def add_failed(book: Workbook, failed: Sequence[Failed]) -> None:
    """A sheet with the files that couldn't be read, if there are any."""
    if failed:
        columns = (Column("文件", 50, "long"), Column("原因", 90, "long"))
        book.add_sheet("未读文件", columns, [(row.name, row.reason) for row in failed])
