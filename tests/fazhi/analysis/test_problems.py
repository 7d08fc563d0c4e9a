from __future__ import annotations

from hypothesis import given

from fazhi.analysis.problems import ProblemsAndPlans, pair_problems
from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Taxonomy
from tests.fazhi.analysis.samples import tagged, tagged_reports


def test_problems_stand_beside_the_plans_of_their_topic(taxonomy: Taxonomy) -> None:
    units = [
        tagged("1", "复议力量不足。", {"reconsideration": 0.9}, "problem"),
        tagged("2", "热线办理慢。", {"hotline": 0.9}, "problem"),
        tagged("3", "充实复议人员。", {"reconsideration": 0.9}, "plan"),
        tagged("4", "落实应诉制度。", {"litigation_response": 0.9}, "plan"),
        tagged("5", "复议渠道畅通。", {"reconsideration": 0.9}, "achievement"),
    ]
    assert pair_problems(units, taxonomy) == (
        ProblemsAndPlans("hotline", ("2",), ()),  # a problem with no plan
        ProblemsAndPlans("reconsideration", ("1",), ("3",)),
        ProblemsAndPlans("litigation_response", (), ("4",)),  # a plan with no problem
    )


def test_sentences_without_a_topic_are_listed_last_and_not_paired_with_topics(
    taxonomy: Taxonomy,
) -> None:
    units = [
        tagged("1", "仍有不足。", {}, "problem"),
        tagged("2", "继续努力。", {}, "plan"),
        tagged("3", "加强普法。", {"law_popularization": 0.9}, "plan"),
    ]
    assert pair_problems(units, taxonomy) == (
        ProblemsAndPlans("law_popularization", (), ("3",)),
        ProblemsAndPlans(None, ("1",), ("2",)),
    )


def test_a_sentence_of_two_topics_is_in_both_rows(taxonomy: Taxonomy) -> None:
    tags = {"reconsideration": 0.9, "litigation_response": 0.8}
    rows = pair_problems([tagged("1", "复议应诉力量不足。", tags, "problem")], taxonomy)
    assert rows == (
        ProblemsAndPlans("reconsideration", ("1",), ()),
        ProblemsAndPlans("litigation_response", ("1",), ()),
    )


def test_headings_are_no_problems(taxonomy: Taxonomy) -> None:
    heading = tagged("1", "三、存在的问题", {"hotline": 0.9}, "problem", "heading")
    assert pair_problems([heading], taxonomy) == ()


@given(tagged_reports)
def test_every_problem_and_plan_is_in_the_rows_of_its_topics(
    taxonomy: Taxonomy, units: list[TaggedUnit]
) -> None:
    rows = pair_problems(units, taxonomy)
    assert all(row.problems or row.plans for row in rows)
    for unit in units:
        found = {row.label for row in rows if unit.record.id in (*row.problems, *row.plans)}
        counts = unit.role in ("problem", "plan")
        assert found == (set(unit.labels or (None,)) if counts else set())
