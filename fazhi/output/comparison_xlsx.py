"""A comparison of reports as an XLSX file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

from fazhi.comparison import Comparison, ReportRow, Series
from fazhi.output.columns import FACTS, REPORT, SENTENCE, add_failed, fact_cells
from fazhi.output.names import GROUPING_NAMES, group_name, label_name, label_names
from fazhi.output.workbook import Column, Value, Workbook
from fazhi.taxonomy import Taxonomy

_APPEARED, _DISAPPEARED = "新出现", "不再出现"


def write_comparison_xlsx(comparison: Comparison, taxonomy: Taxonomy, stream: IO[bytes]) -> None:
    """Write the sheets 报告对比, 主题句数, 分组对比, 历年变化, 沿用句子, and 未读文件 if there are."""
    book = Workbook()
    topics = [taxonomy.label_by_id[label].name for label in comparison.topics]
    shares = tuple(Column(name, 10, "percent", heat=True) for name in topics)
    book.add_sheet(
        "报告对比",
        (
            *(REPORT, *FACTS, Column("正文句数", 10, "integer"), Column("字数", 10, "integer")),
            *(Column(role.name, 10, "integer") for role in taxonomy.roles),
            *(Column("数字", 8, "integer"), Column("缺少主题数", 10, "integer")),
            *(Column("缺少主题", 40, "long"), Column("沿用自", 24)),
            *(Column("沿用句数", 10, "integer"), Column("沿用占比", 10, "percent"), *shares),
        ),
        [_report(row, taxonomy) for row in comparison.reports],
    )
    book.add_sheet(
        "主题句数",
        (REPORT, *(Column(name, 10, "integer", heat=True) for name in topics)),
        [(row.name, *(t.units for t in row.topics.values())) for row in comparison.reports],
    )
    book.add_sheet(
        "分组对比",
        (Column("分组", 10), Column("组", 24), Column("报告数", 8, "integer"), *shares),
        [
            (GROUPING_NAMES[by], group_name(by, group.key), group.reports, *group.topics.values())
            for by, groups in comparison.groups.items()
            for group in groups
        ],
    )
    book.add_sheet(
        "历年变化",
        (
            Column("发布机关", 30),
            Column("年度", 8, "integer"),
            Column("变化", 10),
            Column("主题", 26),
        ),
        [row for series in comparison.series for row in _changes(series, taxonomy)],
        {_APPEARED: "#E2EFDA", _DISAPPEARED: "#F8CBAD"},
    )
    book.add_sheet(
        "沿用句子",
        (
            *(REPORT, Column("编号", 26), SENTENCE, Column("上年报告", 24), Column("上年编号", 26)),
            *(Column("上年句子", 70, "long"), Column("相似度", 8, "score")),
        ),
        [
            (c.report, c.unit_id, c.text, c.from_report, c.from_unit_id, c.from_text, c.similarity)
            for c in comparison.carried_over
        ],
    )
    add_failed(book, comparison.failed)
    book.write(stream)


def _report(row: ReportRow, taxonomy: Taxonomy) -> Sequence[Value]:
    carried = row.carried_over
    return (
        *(row.name, *fact_cells(row.facts), row.units, row.characters),
        *(row.roles[role] for role in taxonomy.role_ids),
        row.figures,
        None if row.missing is None else len(row.missing),
        label_names(row.missing or (), taxonomy),
        carried.from_report if carried else None,
        carried.units if carried else None,
        carried.share if carried else None,
        *(topic.share for topic in row.topics.values()),
    )


def _changes(series: Series, taxonomy: Taxonomy) -> Iterator[Sequence[Value]]:
    changes = [(change, _APPEARED) for change in series.appeared]
    changes += [(change, _DISAPPEARED) for change in series.disappeared]
    for change, kind in sorted(changes, key=lambda pair: pair[0].year):
        yield (series.issuer, change.year, kind, label_name(change.label, taxonomy))
