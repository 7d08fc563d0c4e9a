from __future__ import annotations

import pytest

from fazhi.classifier import Classifier, Prediction
from fazhi.encoding import Sentence
from fazhi.records import Record
from fazhi.report import parse_report
from fazhi.tagging import TaggedUnit, tag_records, tag_report

RECORDS = [
    Record("a", "云溪县2022年法治政府建设情况的报告", "title"),
    Record("b", "发布时间：2023-01-10", "meta"),
    Record("c", "(一)化解争议", "heading", ("一、工作情况",)),
    Record("d", "全年办理行政复议案件42件。", "body", ("一、工作情况", "(一)化解争议")),
]


def prediction(*labels: str, role: str = "plan") -> Prediction:
    return Prediction(labels, role, dict.fromkeys(labels, 0.9), {role: 1.0}, 9, False)


def test_records_come_back_in_order_and_metadata_unread(tiny_classifier: Classifier) -> None:
    tagged = tag_records(RECORDS, tiny_classifier)
    assert [unit.record for unit in tagged] == RECORDS
    assert [unit.prediction is None for unit in tagged] == [False, True, False, False]
    assert (tagged[1].labels, tagged[1].role) == ((), None)


def test_only_body_units_have_a_role_and_are_read_with_their_headings(
    tiny_classifier: Classifier,
) -> None:
    tagged = tag_records(RECORDS, tiny_classifier)
    assert [unit.role is not None for unit in tagged] == [False, False, False, True]
    for unit, headings in ((tagged[2], ()), (tagged[3], RECORDS[3].heading_path)):
        alone = tiny_classifier.predict([Sentence(unit.record.text, headings)])[0]
        assert unit.prediction is not None and unit.prediction.n_tokens == alone.n_tokens


def test_progress_counts_every_unit(tiny_classifier: Classifier) -> None:
    steps: list[int] = []
    tagged = tag_records(RECORDS * 40, tiny_classifier, steps.append)
    assert len(steps) > 1 and sum(steps) == len(tagged) == 160
    assert [unit.record.id for unit in tagged] == ["a", "b", "c", "d"] * 40


def test_no_records_give_no_units(tiny_classifier: Classifier) -> None:
    assert tag_records([], tiny_classifier) == []


def test_units_of_a_report_point_into_its_source(tiny_classifier: Classifier) -> None:
    source = "一、工作情况\n全年办理行政复议案件４２件。组织培训３次。\n"
    tagged = tag_report(parse_report(source), "yunxi", tiny_classifier)
    assert [(u.record.id, source[u.start : u.end]) for u in tagged] == [
        ("yunxi-001", "一、工作情况"),
        ("yunxi-002", "全年办理行政复议案件４２件。"),
        ("yunxi-003", "组织培训３次。"),
    ]


def test_record_of_a_body_unit_says_all_that_was_predicted() -> None:
    unit = TaggedUnit(RECORDS[3], prediction("reconsideration", "hotline"), 10, 24)
    assert unit.to_json("tiny@1.2.3") == {
        "id": "d",
        "kind": "body",
        "heading_path": ["一、工作情况", "(一)化解争议"],
        "text": "全年办理行政复议案件42件。",
        "labels": ["reconsideration", "hotline"],
        "role": "plan",
        "start": 10,
        "end": 24,
        "scores": {"reconsideration": 0.9, "hotline": 0.9},
        "role_scores": {"plan": 1.0},
        "n_tokens": 9,
        "truncated": False,
        "model": "tiny@1.2.3",
    }


@pytest.mark.parametrize(
    ("record", "predicted"), [(RECORDS[1], None), (RECORDS[2], prediction("promotion"))]
)
def test_record_of_another_unit_has_the_same_fields_without_role(
    record: Record, predicted: Prediction | None
) -> None:
    row = TaggedUnit(record, predicted).to_json("tiny@1.2.3")
    assert list(row) == list(TaggedUnit(RECORDS[3], prediction("hotline")).to_json(""))
    assert (row["role"], row["role_scores"]) == (None, {})
    assert row["labels"] == (["promotion"] if predicted else [])
