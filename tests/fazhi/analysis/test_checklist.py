from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from fazhi.analysis.checklist import Checklist, check_topics
from fazhi.analysis.facts import Facts
from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Taxonomy
from tests.fazhi.analysis.samples import tagged, tagged_reports

COUNTY = Facts(None, "青溪县人民政府", "government", "county", "青溪县", 2023, None)
BUREAU = replace(COUNTY, issuer="云岭市应急管理局", issuer_kind="department", issuer_level="city")


def checklist(facts: Facts, units: list[TaggedUnit], taxonomy: Taxonomy) -> Checklist:
    found = check_topics(facts, units, taxonomy)
    assert found is not None
    return found


def asked(facts: Facts, taxonomy: Taxonomy) -> set[str]:
    return {topic.label for topic in checklist(facts, [], taxonomy).topics}


def test_topics_are_counted_in_the_text_and_the_rest_is_missing(taxonomy: Taxonomy) -> None:
    units = [
        tagged("1", "行政复议", {"reconsideration": 0.9}, kind="heading"),
        tagged("2", "开展普法12场。", {"law_popularization": 0.9}),
        tagged("3", "继续普法。", {"law_popularization": 0.9}, "plan"),
    ]
    found = checklist(COUNTY, units, taxonomy)
    counts = {topic.label: topic.units for topic in found.topics}
    assert (found.kind, found.name) == ("county_government", "县级政府")
    assert counts["law_popularization"] == 2 and counts["reconsideration"] == 0
    assert "reconsideration" in found.missing and "law_popularization" not in found.missing
    source = next(topic.source for topic in found.topics if topic.label == "law_popularization")
    assert source == "关于实行国家机关“谁执法谁普法”普法责任制的意见（2017年印发）"


def test_parts_are_found_by_role_by_label_and_by_heading(taxonomy: Taxonomy) -> None:
    duty = {"first_responsible": 0.9}
    units = [
        tagged("1", "县长听取汇报。", duty),
        tagged("2", "开展培训。", {"cadre_study": 0.9}),
        tagged("3", "力量不足。", {}, "problem"),
        tagged("4", "压实第一责任人职责。", duty, "plan"),
        tagged("5", "无其他事项。", {}, "background", heading_path=["五、其他需要报告的情况"]),
    ]
    parts = {part.id: part.units for part in checklist(COUNTY, units, taxonomy).parts}
    assert parts == {
        "achievements": ("1", "2"),
        "problems": ("3",),
        "first_responsible": ("1",),
        "plans": ("4",),
        "other": ("5",),
    }


def test_the_law_of_the_year_decides_what_is_asked(taxonomy: Taxonomy) -> None:
    assert "xi_thought" in asked(COUNTY, taxonomy)
    assert "xi_thought" not in asked(replace(COUNTY, year=2020), taxonomy)
    assert checklist(replace(COUNTY, year=2018), [], taxonomy).parts == ()


def test_reconsideration_has_been_the_governments_since_2024(taxonomy: Taxonomy) -> None:
    assert "reconsideration" in asked(BUREAU, taxonomy)
    assert "reconsideration" not in asked(replace(BUREAU, issuer_level="county"), taxonomy)
    assert "reconsideration" not in asked(replace(BUREAU, year=2024), taxonomy)
    assert "reconsideration" not in asked(replace(BUREAU, year=None), taxonomy)
    assert "reconsideration" in asked(replace(COUNTY, year=2024), taxonomy)


def test_no_checklist_where_the_kind_of_issuer_is_unknown_or_has_none(taxonomy: Taxonomy) -> None:
    unknown = replace(COUNTY, issuer=None, issuer_kind=None, issuer_level=None)
    assert check_topics(unknown, [], taxonomy) is None
    assert check_topics(replace(COUNTY, issuer_kind="other"), [], taxonomy) is None


def test_what_a_taxonomy_lacks_is_not_asked(taxonomy: Taxonomy) -> None:
    kept = [label for label in taxonomy.labels if label.id in ("hotline", "disclosure")]
    roles = [role for role in taxonomy.roles if role.id != "problem"]
    small = replace(taxonomy, labels=tuple(kept), roles=tuple(roles))
    found = checklist(COUNTY, [], small)
    assert [topic.label for topic in found.topics] == ["disclosure"]
    assert [part.id for part in found.parts] == ["achievements", "plans", "other"]


@given(tagged_reports)
def test_a_topic_is_missing_or_has_units(taxonomy: Taxonomy, units: list[TaggedUnit]) -> None:
    found = checklist(COUNTY, units, taxonomy)
    body = [unit for unit in units if unit.record.kind == "body"]
    for topic in found.topics:
        assert topic.units == sum(topic.label in unit.labels for unit in body)
        assert (topic.label in found.missing) == (topic.units == 0)
    by_role = {part.id: set(part.units) for part in found.parts}
    assert by_role["first_responsible"].isdisjoint(by_role["plans"] | by_role["problems"])
