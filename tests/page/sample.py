"""Answers of the service that say what a test needs, from invented reports; the numbers come from `fazhi.analysis`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fazhi.analysis import Analysis, Checklist, Facts, Figure, Inconsistency
from fazhi.analysis.checklist import ChecklistPart, ChecklistTopic
from fazhi.analysis.coverage import cover
from fazhi.analysis.problems import pair_problems
from fazhi.classifier import Prediction
from fazhi.records import Record
from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Taxonomy
from tests.tiny import TAXONOMY

TAXONOMY_READ = Taxonomy.from_file(TAXONOMY)
RULE = "《法治政府建设与责任落实督察工作规定》第二十五条"
SURE, LIKELY = 0.96, 0.7  # scores on either side of the threshold that tests move to


@dataclass(frozen=True)
class Said:
    """A body sentence with its role and its topics, each with its score."""

    text: str
    role: str = "achievement"
    labels: tuple[tuple[str, float], ...] = ()


def said(text: str, role: str = "achievement", **labels: float) -> Said:
    return Said(text, role, tuple(labels.items()))


FIRST_YEAR = (
    said("全年收到行政复议申请1626件，审结1536件，审结率96.13%。", reconsideration=SURE),
    said("县长带头履行推进法治建设第一责任人职责。", first_responsible=SURE, cadre_study=LIKELY),
    said("压减审批材料61份。", fangguanfu=SURE, business_environment=LIKELY),
    said("基层执法人员力量不足。", "problem", enforcement_norms=SURE),
    said("普法形式单一。", "problem", law_popularization=LIKELY),
    said("进一步充实执法力量。", "plan", enforcement_norms=SURE),
    said("加快数字政府建设。", "plan", digital_government=SURE),
    said("=2023年本县共有12个乡镇, “一县”\t一策。", "background"),
)
SECOND_YEAR = (
    said("一、全年收到行政复议申请1800件，审结1700件。", reconsideration=SURE),
    said("县长带头履行推进法治建设第一责任人职责", first_responsible=SURE),
    said("2. 压减审批材料61份，", fangguanfu=SURE),
    said("基层执法人员的力量仍然不足。", "problem", enforcement_norms=SURE),
    said("开展法治宣传进校园活动20场。", law_popularization=SURE),
)


def units(name: str, source: str, sentences: Sequence[Said]) -> list[TaggedUnit]:
    """Title and sentences as tagged units of `source`, in order."""
    tagged, at = [], 0
    for number, one in enumerate(sentences, start=1):
        start = source.index(one.text, at)
        at = start + len(one.text)
        scores = dict.fromkeys(TAXONOMY_READ.label_ids, 0.02) | dict(one.labels)
        labels = sorted(dict(one.labels), key=lambda label: -scores[label])
        roles = dict.fromkeys(TAXONOMY_READ.role_ids, 0.01) | {one.role: 0.97}
        prediction = Prediction(tuple(labels), one.role, scores, roles, len(one.text), False)
        record = Record(f"{name}-{number:03d}", one.text.replace("，", ","))
        tagged.append(TaggedUnit(record, prediction, start, at))
    return tagged


def figure(tagged: Sequence[TaggedUnit], source: str, stated: str, name: str, label: str) -> Figure:
    """The number of `stated`, such as “1626件”, as a figure of the sentence that has it."""
    unit = next(u for u in tagged if stated in source[u.start : u.end])
    start = source.index(stated, unit.start)
    digits = stated.rstrip("件%份场")
    value, sign = float(digits), stated[len(digits) :]
    end = start + len(stated)
    measure = f"{label}_{sign}"
    return Figure(
        *(unit.record.id, measure, name, label, value, sign, False, 0),
        *(None, "全县", stated, start, end),
    )


def analysis(
    name: str = "qinghe-2023",
    sentences: Sequence[Said] = FIRST_YEAR,
    *,
    year: int = 2023,
    issuer: str = "青𠮷县人民政府",  # one of its characters takes two UTF-16 units
    kind: str | None = "government",
) -> tuple[Analysis, str]:
    """An analysis and the source that its offsets point into."""
    title = f"{issuer}{year}年度法治政府建设情况报告"
    source = "\n".join([title, *(one.text for one in sentences)])
    tagged = units(name, source, sentences)
    found = []
    if "1626件" in source:
        received = figure(tagged, source, "1626件", "行政复议收案数", "reconsideration")
        closed = figure(tagged, source, "1536件", "行政复议审结数", "reconsideration")
        rate = figure(tagged, source, "96.13%", "行政复议审结率", "reconsideration")
        removed = figure(tagged, source, "61份", "取消材料数", "fangguanfu")
        found = [received, closed, rate, removed]
    wrong = [
        Inconsistency(
            (rate.unit_id,),
            "ratio",
            96.13,
            94.46,
            "1536÷1626=94.46%，文中为96.13%",
            rate.start,
            rate.end,
        )
        for rate in found
        if rate.unit == "%"
    ]
    facts = Facts(
        title, issuer, kind, "county" if kind else None, issuer[:3], year, f"{year + 1}-01-15"
    )
    return (
        Analysis(
            name=name,
            facts=facts,
            units=tuple(tagged),
            coverage=cover(tagged, TAXONOMY_READ),
            checklist=checklist(tagged) if kind else None,
            problems_and_plans=pair_problems(tagged, TAXONOMY_READ),
            figures=tuple(found),
            inconsistencies=tuple(wrong),
        ),
        source,
    )


def checklist(tagged: Sequence[TaggedUnit]) -> Checklist:
    """A short checklist, filled in: two topics are there, one hangs on its score, one is missing."""
    labels = ("first_responsible", "reconsideration", "law_popularization", "hotline")
    count = {label: sum(label in unit.labels for unit in tagged) for label in labels}
    plans = tuple(unit.record.id for unit in tagged if unit.role == "plan")
    return Checklist(
        kind="county_government",
        name="县级政府",
        topics=tuple(
            ChecklistTopic(label, "《法治政府建设实施纲要》", n) for label, n in count.items()
        ),
        parts=(
            ChecklistPart("plans", "下一年度主要安排", RULE, plans),
            ChecklistPart("other", "其他需要报告的情况", RULE, ()),
        ),
        missing=tuple(label for label, n in count.items() if not n),
    )


def answer(made: tuple[Analysis, str]) -> dict[str, Any]:
    """An analysis as `POST /v1/reports` answers a file."""
    found, source = made
    model = {"name": "fazhi-small", "version": "1.0.0"}
    return {"model": model, **found.to_json("fazhi-small-1.0.0"), "source": source}


def years() -> list[dict[str, Any]]:
    """Two years of one body and one report of another."""
    return [
        answer(analysis()),
        answer(analysis("qinghe-2024", SECOND_YEAR, year=2024)),
        answer(analysis("litai-2023", SECOND_YEAR[3:], issuer="澧台市司法局", kind="department")),
    ]
