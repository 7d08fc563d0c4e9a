"""A report is cut alike, whatever the file it comes in."""

from __future__ import annotations

import pytest

from benchmarks.alignment import Cut, score
from benchmarks.forms import FORMS
from benchmarks.round_trip import (
    MIN_BOUNDARY_F1,
    MIN_KIND_ACCURACY,
    cut,
    holds,
    read_gold,
    round_trip,
)
from tests.fazhi.samples import SOURCES
from tests.tiny import REPORTS

pytestmark = pytest.mark.usefixtures("in_this_process")

NAMES = ("open-chayuan-town", "open-fengque-housing", "held-yanchuan-archives")


@pytest.mark.parametrize("form", FORMS)
def test_units_survive_every_form(form: str) -> None:
    for name in NAMES:
        scores = round_trip(SOURCES[name], read_gold(REPORTS / f"{name}.jsonl"), form)
        assert holds(scores), (name, scores)


@pytest.mark.parametrize("form", ["docx, numbered by Word", "pdf, first lines indented"])
def test_units_survive_for_all_reports_on_average(form: str) -> None:
    scores = [
        round_trip(text, read_gold(REPORTS / f"{name}.jsonl"), form)
        for name, text in SOURCES.items()
    ]
    assert sum(s.boundary_f1 for s in scores) / len(scores) >= MIN_BOUNDARY_F1
    assert sum(s.kind_accuracy for s in scores) / len(scores) >= MIN_KIND_ACCURACY


def test_scores_fall_with_units_that_are_merged_or_of_another_kind() -> None:
    gold = [Cut("heading", "一、工作"), Cut("body", "办理42件。"), Cut("body", "纠错3件。")]
    merged = [Cut("heading", "一、工作"), Cut("body", "办理42件。纠错3件。")]
    assert score(gold, gold).boundary_f1 == score(gold, gold).kind_accuracy == 1
    assert score(gold, merged).boundary_f1 == 0.8
    assert score(gold, merged).kind_accuracy == 1
    other = [Cut("body", "一、工作"), *gold[1:]]
    assert score(gold, other).kind_accuracy == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="need units"):
        score(gold, [])


def test_reading_the_text_itself_is_as_good_as_the_parser() -> None:
    name = NAMES[0]
    gold = read_gold(REPORTS / f"{name}.jsonl")
    assert score(gold, cut(SOURCES[name])).boundary_f1 == 1
