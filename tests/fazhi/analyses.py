"""Analyses of invented reports, made without a model."""

from __future__ import annotations

from collections.abc import Sequence

from fazhi.analysis import Analysis, Checklist, Facts, Figure, Inconsistency
from fazhi.analysis.checklist import ChecklistPart, ChecklistTopic
from fazhi.analysis.coverage import cover
from fazhi.analysis.problems import pair_problems
from fazhi.classifier import Prediction
from fazhi.records import Record
from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Taxonomy
from tests.tiny import TAXONOMY

TAX = Taxonomy.from_file(TAXONOMY)
Sentence = tuple[str, tuple[str, ...], str]  # text, labels, role

SENTENCES: tuple[Sentence, ...] = (
    ("全年办理行政复议案件42件，纠错率7.1%。", ("reconsideration",), "achievement"),
    ("=HYPERLINK(1)开展普法宣传3次。", ("law_popularization",), "achievement"),
    ("基层执法力量不足。", ("enforcement_norms",), "problem"),
    ("下一步，继续开展普法宣传。", ("law_popularization",), "plan"),
)


def make_facts(
    issuer: str | None, year: int | None, region: str | None = None, kind: str | None = None
) -> Facts:
    return Facts(f"{issuer}{year}年度报告", issuer, kind, None, region, year, None)


def make_units(name: str, sentences: Sequence[Sentence]) -> list[TaggedUnit]:
    """A title, a body unit for each sentence, and a line of metadata."""
    units = [TaggedUnit(Record(f"{name}-001", "年度报告", "title"), predict(()), 0, 4)]
    for number, (text, labels, role) in enumerate(sentences, start=2):
        record = Record(f"{name}-{number:03d}", text, "body", ("一、工作",))
        units.append(TaggedUnit(record, predict(labels, role), number * 10, number * 10 + 9))
    units.append(TaggedUnit(Record(f"{name}-999", "发布时间", "meta"), None, 900, 904))
    return units


def predict(labels: tuple[str, ...], role: str = "background") -> Prediction:
    scores = {label: 0.9 if label in labels else 0.1 for label in TAX.label_ids}
    role_scores = {r: 0.7 if r == role else 0.1 for r in TAX.role_ids}
    return Prediction(labels, role, scores, role_scores, 9, False)


def make_analysis(
    name: str, facts: Facts, sentences: Sequence[Sentence] = SENTENCES, is_full: bool = False
) -> Analysis:
    """An analysis of those body units; `is_full` adds a checklist, a figure and an inconsistency."""
    units = make_units(name, sentences)
    first = units[1].record.id
    checklist = Checklist(
        "county_government",
        "县级政府",
        (ChecklistTopic("reconsideration", "依据甲", 1), ChecklistTopic("emergency", "依据乙", 0)),
        (ChecklistPart("results", "举措成效", "依据丙", (first,)),),
        ("emergency",),
    )
    figure = Figure(
        *(first, "reconsideration_received", "行政复议收案数", "reconsideration", 42.0, "件"),
        *(False, 0, None, "全县", "42件", 30, 33),
    )
    wrong = Inconsistency((first,), "ratio", 7.1, 7.14, "3÷42=7.14%，文中为7.1%", 34, 38)
    return Analysis(
        name=name,
        facts=facts,
        units=tuple(units),
        coverage=cover(units, TAX),
        checklist=checklist if is_full else None,
        problems_and_plans=pair_problems(units, TAX),
        figures=(figure,) if is_full else (),
        inconsistencies=(wrong,) if is_full else (),
    )
