"""Analysed reports as an XLSX file, a sheet a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import IO

from fazhi.analysis import Analysis
from fazhi.inputs import Failed
from fazhi.output.columns import FACTS, REPORT, SENTENCE, add_failed, fact_cells
from fazhi.output.names import (
    INCONSISTENCY_NAMES,
    KIND_NAMES,
    label_name,
    label_names,
)
from fazhi.output.workbook import Column, Value, Workbook
from fazhi.taxonomy import Taxonomy

_ROLE_COLORS = {
    **{"achievement": "#E2EFDA", "problem": "#F8CBAD"},
    **{"plan": "#DDEBF7", "background": "#EDEDED"},
}
_WARNING = "#F8CBAD"
_MISSING = "缺少"
_NO_PLAN, _NO_PROBLEM = "有问题无计划", "有计划无问题"

_ID = Column("编号", 26)
_TOPIC = Column("主题", 22)
_PLACE = (Column("起", 8, "integer"), Column("止", 8, "integer"))

Rows = Iterator[Sequence[Value]]


def write_xlsx(
    analyses: Sequence[Analysis], failed: Sequence[Failed], taxonomy: Taxonomy, stream: IO[bytes]
) -> None:
    """Write the sheets 概览, 覆盖, 句子, 数字, 数字核对, 问题与计划, 清单, and 未读文件 if there are.

    Raises:
        FazhiError: more units than a sheet has rows.
    """
    roles = {role.name: _ROLE_COLORS[role.id] for role in taxonomy.roles if role.id in _ROLE_COLORS}
    book = Workbook()
    role_counts = tuple(Column(role.name, 10, "integer") for role in taxonomy.roles)
    counts = (Column("正文句数", 10, "integer"), Column("字数", 10, "integer"))
    book.add_sheet(
        "概览",
        (
            *(REPORT, *FACTS, *counts, *role_counts),
            *(Column("数字", 8, "integer"), Column("数字疑误", 10, "integer")),
            *(Column("适用清单", 14), Column("缺少主题数", 10, "integer")),
            Column("缺少主题", 50, "long"),
        ),
        [_overview(analysis, taxonomy) for analysis in analyses],
    )
    book.add_sheet(
        "覆盖",
        (
            *(REPORT, Column("主题组", 22), _TOPIC, *counts, Column("占正文", 10, "percent", True)),
            *(*role_counts, Column("首次出现", 26), Column("代表句", 70, "long")),
        ),
        [row for analysis in analyses for row in _coverage(analysis, taxonomy)],
    )
    book.add_sheet(
        "句子",
        (
            *(REPORT, _ID, Column("类型", 8), Column("标题路径", 36, "long"), SENTENCE),
            *(Column("主题", 26, "long"), Column("主题得分", 10, "score")),
            *(Column("角色", 10), Column("角色得分", 10, "score"), *_PLACE),
        ),
        [row for analysis in analyses for row in _units(analysis, taxonomy)],
        roles,
    )
    book.add_sheet(
        "数字",
        (
            *(REPORT, _TOPIC, Column("指标", 24), Column("数值", 14, "number"), Column("单位", 8)),
            *(Column("时期", 14), Column("范围", 14), Column("原文", 16), SENTENCE, _ID, *_PLACE),
        ),
        [row for analysis in analyses for row in _figures(analysis, taxonomy)],
    )
    book.add_sheet(
        "数字核对",
        (
            *(REPORT, Column("类型", 8), Column("文中", 12, "number")),
            *(Column("计算", 12, "number"), Column("说明", 50, "long"), SENTENCE),
            *(Column("编号", 26, "long"), *_PLACE),
        ),
        [row for analysis in analyses for row in _inconsistencies(analysis)],
    )
    book.add_sheet(
        "问题与计划",
        (REPORT, _TOPIC, Column("角色", 10), Column("对应", 14), SENTENCE, _ID),
        [row for analysis in analyses for row in _problems(analysis, taxonomy)],
        {**roles, _NO_PLAN: _WARNING, _NO_PROBLEM: "#FFF2CC"},
    )
    book.add_sheet(
        "清单",
        (
            *(REPORT, Column("适用清单", 14), Column("类别", 8), Column("应有内容", 30, "long")),
            *(Column("句数", 8, "integer"), Column("结果", 8), Column("依据", 60, "long")),
        ),
        [row for analysis in analyses for row in _checklist(analysis, taxonomy)],
        {_MISSING: _WARNING},
    )
    add_failed(book, failed)
    book.write(stream)


def _overview(analysis: Analysis, taxonomy: Taxonomy) -> Sequence[Value]:
    body = [unit for unit in analysis.units if unit.record.kind == "body"]
    roles = Counter(unit.role for unit in body)
    checklist = analysis.checklist
    return (
        *(analysis.name, *fact_cells(analysis.facts)),
        *(len(body), sum(len(unit.record.text) for unit in body)),
        *(roles[role] for role in taxonomy.role_ids),
        *(len(analysis.figures), len(analysis.inconsistencies)),
        checklist.name if checklist else None,
        len(checklist.missing) if checklist else None,
        label_names(checklist.missing, taxonomy) if checklist else None,
    )


def _coverage(analysis: Analysis, taxonomy: Taxonomy) -> Rows:
    groups = {group.id: group.name for group in taxonomy.groups}
    texts = _texts(analysis)
    n = sum(unit.record.kind == "body" for unit in analysis.units)
    for label, topic in analysis.coverage.items():
        yield (
            *(analysis.name, groups[taxonomy.label_by_id[label].group]),
            *(label_name(label, taxonomy), topic.units, topic.characters),
            topic.units / n if n else 0.0,
            *(topic.roles[role].units for role in taxonomy.role_ids),
            *(topic.first, texts[topic.strongest[0]] if topic.strongest else None),
        )


def _units(analysis: Analysis, taxonomy: Taxonomy) -> Rows:
    for unit in analysis.units:
        record, prediction, role = unit.record, unit.prediction, unit.role
        yield (
            *(analysis.name, record.id, KIND_NAMES[record.kind]),
            *(" > ".join(record.heading_path), record.text, label_names(unit.labels, taxonomy)),
            prediction.scores[unit.labels[0]] if prediction and unit.labels else None,
            taxonomy.role_by_id[role].name if role else None,
            prediction.role_scores[role] if prediction and role else None,
            *(unit.start, unit.end),
        )


def _figures(analysis: Analysis, taxonomy: Taxonomy) -> Rows:
    texts = _texts(analysis)
    for figure in analysis.figures:
        yield (
            *(analysis.name, label_name(figure.label, taxonomy), figure.name, figure.value),
            *(figure.unit, figure.period, figure.scope, figure.stated, texts[figure.unit_id]),
            *(figure.unit_id, figure.start, figure.end),
        )


def _inconsistencies(analysis: Analysis) -> Rows:
    texts = _texts(analysis)
    for found in analysis.inconsistencies:
        yield (
            *(analysis.name, INCONSISTENCY_NAMES.get(found.kind, found.kind)),
            *(found.stated, found.computed, found.message),
            "\n".join(texts[unit_id] for unit_id in found.unit_ids),
            *("\n".join(found.unit_ids), found.start, found.end),
        )


def _problems(analysis: Analysis, taxonomy: Taxonomy) -> Rows:
    texts = _texts(analysis)
    for row in analysis.problems_and_plans:
        remark = None if row.problems and row.plans else _NO_PLAN if row.problems else _NO_PROBLEM
        for role, unit_ids in (("problem", row.problems), ("plan", row.plans)):
            for unit_id in unit_ids:
                yield (
                    *(analysis.name, label_name(row.label, taxonomy)),
                    *(taxonomy.role_by_id[role].name, remark if row.label else None),
                    *(texts[unit_id], unit_id),
                )


def _checklist(analysis: Analysis, taxonomy: Taxonomy) -> Rows:
    checklist = analysis.checklist
    if checklist is None:
        return
    for topic in checklist.topics:
        name = label_name(topic.label, taxonomy)
        result = _MISSING if topic.label in checklist.missing else "有"
        yield (analysis.name, checklist.name, "主题", name, topic.units, result, topic.source)
    for part in checklist.parts:
        result = "有" if part.units else _MISSING
        units = len(part.units)
        yield (analysis.name, checklist.name, "部分", part.name, units, result, part.source)


def _texts(analysis: Analysis) -> dict[str, str]:
    return {unit.record.id: unit.record.text for unit in analysis.units}
