from __future__ import annotations

from hypothesis import given

from fazhi.analysis.coverage import Amount, TopicCoverage, cover
from fazhi.records import Record
from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Taxonomy
from tests.fazhi.analysis.samples import tagged, tagged_reports


def test_body_units_are_counted_by_label_and_role(taxonomy: Taxonomy) -> None:
    units = [
        tagged("1", "行政复议", {"reconsideration": 0.9}, "plan", "heading"),
        tagged("2", "办理42件。", {"reconsideration": 0.7, "hotline": 0.9}, "plan"),
        tagged("3", "继续办理。", {"reconsideration": 0.8}, "achievement"),
        TaggedUnit(Record("4", "发布时间", "meta"), None),
    ]
    covered = cover(units, taxonomy)
    nothing = Amount(0, 0)
    assert tuple(covered) == taxonomy.label_ids
    assert covered["reconsideration"] == TopicCoverage(
        units=2,
        characters=11,
        roles={
            "achievement": Amount(1, 5),
            "problem": nothing,
            "plan": Amount(1, 6),
            "background": nothing,
        },
        first="2",
        strongest=("3", "2"),
    )
    assert covered["hotline"].units == 1
    assert covered["integrity"] == TopicCoverage(
        0, 0, dict.fromkeys(taxonomy.role_ids, nothing), None, ()
    )


def test_at_most_three_units_are_the_strongest(taxonomy: Taxonomy) -> None:
    scores = [0.6, 0.9, 0.7, 0.8]
    units = [tagged(str(n), "办理。", {"hotline": s}, "plan") for n, s in enumerate(scores)]
    assert cover(units, taxonomy)["hotline"].strongest == ("1", "3", "2")


@given(tagged_reports)
def test_the_roles_of_a_topic_sum_up_to_it(taxonomy: Taxonomy, units: list[TaggedUnit]) -> None:
    for row in cover(units, taxonomy).values():
        assert row.units == sum(amount.units for amount in row.roles.values())
        assert row.characters == sum(amount.characters for amount in row.roles.values())


@given(tagged_reports)
def test_every_tag_of_a_body_unit_is_counted_once(
    taxonomy: Taxonomy, units: list[TaggedUnit]
) -> None:
    body = [unit for unit in units if unit.record.kind == "body"]
    covered = cover(units, taxonomy)
    assert sum(row.units for row in covered.values()) == sum(len(unit.labels) for unit in body)
    for label, row in covered.items():
        ids = [unit.record.id for unit in body if label in unit.labels]
        assert row.first == (ids[0] if ids else None)
        assert set(row.strongest) <= set(ids) and len(row.strongest) == min(3, len(ids))
