from __future__ import annotations

import json

import pytest

from fazhi.comparison import Failed, compare
from tests.fazhi.analyses import SENTENCES, TAX, make_analysis, make_facts

FIRST = make_analysis("a", make_facts("青河县人民政府", 2022, "云岭市青河县", "government"))
SECOND = make_analysis(
    "b",
    make_facts("青河县人民政府办公室", 2023, "云岭市青河县", "government"),
    [SENTENCES[0], ("应急演练2次。", ("emergency", "hotline"), "achievement")],
    is_full=True,
)
OTHER = make_analysis("c", make_facts(None, None), [])


def test_one_row_a_report() -> None:
    first, second, other = compare([FIRST, SECOND, OTHER]).reports
    assert [row.name for row in (first, second, other)] == ["a", "b", "c"]
    assert (first.units, first.characters) == (4, sum(len(text) for text, _, _ in SENTENCES))
    assert first.roles == {"achievement": 2, "problem": 1, "plan": 1, "background": 0}
    assert (first.problems, first.plans, first.figures, second.figures) == (1, 1, 0, 1)
    assert first.topics["law_popularization"].share == 0.5
    assert second.topics["emergency"].units == 1
    assert list(first.topics) == list(TAX.label_ids)
    assert (first.missing, second.missing) == (None, ("emergency",))
    assert other.units == 0 and all(topic.share == 0 for topic in other.topics.values())


def test_groups_are_means_of_their_reports() -> None:
    groups = compare([FIRST, SECOND, OTHER]).groups
    region, unknown = groups["region"]
    assert (region.key, region.reports, unknown.key, unknown.reports) == (
        "云岭市青河县",
        2,
        None,
        1,
    )
    assert region.topics["law_popularization"] == 0.25
    assert region.topics["reconsideration"] == pytest.approx((1 / 4 + 1 / 2) / 2)
    assert [group.key for group in groups["year"]] == [2022, 2023, None]
    assert [group.key for group in groups["issuer_kind"]] == ["government", None]


def test_topics_come_and_go_over_the_years() -> None:
    (series,) = compare([SECOND, OTHER, FIRST]).series
    assert (series.issuer, series.years) == ("青河县人民政府", (2022, 2023))
    assert series.reports == ("a", "b")
    assert {(c.year, c.label) for c in series.appeared} == {(2023, "emergency"), (2023, "hotline")}
    assert {c.label for c in series.disappeared} == {"law_popularization", "enforcement_norms"}


def test_a_body_with_one_year_is_no_series() -> None:
    again = make_analysis("again", FIRST.facts)
    assert compare([FIRST, again]).series == ()
    assert [row.carried_over for row in compare([FIRST, again]).reports] == [None, None]


def test_sentences_of_last_year() -> None:
    comparison = compare([SECOND, FIRST])
    (unit,) = comparison.carried_over
    assert (unit.report, unit.unit_id, unit.from_report, unit.from_unit_id) == (
        *("b", "b-002", "a", "a-002"),
    )
    assert (unit.text, unit.from_text, unit.similarity) == (SENTENCES[0][0], SENTENCES[0][0], 1.0)
    share = comparison.reports[0].carried_over
    assert share and (share.from_report, share.units, share.share) == ("a", 1, 0.5)


def test_json_has_the_shape_of_the_answer() -> None:
    comparison = compare([FIRST, SECOND], [Failed("d.pdf", "the file is empty")])
    answer = json.loads(json.dumps(comparison.to_json()))
    assert list(answer) == ["topics", "reports", "groups", "series", "carried_over", "failed"]
    row = answer["reports"][1]
    assert (row["name"], row["issuer"], row["year"]) == ("b", "青河县人民政府办公室", 2023)
    assert row["carried_over"] == {"from": "a", "units": 1, "share": 0.5}
    assert row["topics"]["emergency"] == {"units": 1, "share": 0.5}
    assert "facts" not in row and answer["reports"][0]["carried_over"] is None
    assert answer["failed"] == [{"name": "d.pdf", "reason": "the file is empty"}]


def test_nothing_to_compare() -> None:
    comparison = compare([])
    assert (comparison.topics, comparison.reports, comparison.series) == ((), (), ())
    assert comparison.groups == {"region": (), "year": (), "issuer_kind": ()}


def test_reports_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="share a name"):
        compare([FIRST, FIRST])
