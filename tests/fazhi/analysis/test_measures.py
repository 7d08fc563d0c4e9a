from __future__ import annotations

import pytest
import yaml

from fazhi.analysis.measures import Phrase, SubjectWords, load_measures
from fazhi.taxonomy import Taxonomy
from tests.tiny import ROOT


def test_measures_are_those_that_numbers_are_annotated_with() -> None:
    path = ROOT / "data" / "figures" / "measures.yaml"
    annotated = yaml.safe_load(path.read_text("utf-8"))["measures"]
    measures = load_measures().measures
    assert list(measures) == [row["id"] for row in annotated]
    for row in annotated:
        measure = measures[row["id"]]
        assert (measure.name, measure.label) == (row["name"], row["label"])
        assert measure.units == set(row["units"]), row["id"]


def test_the_table_names_only_topics_and_subjects_that_there_are(taxonomy: Taxonomy) -> None:
    path = ROOT / "fazhi" / "analysis" / "measures.yaml"
    raw = yaml.safe_load(path.read_text("utf-8"))
    subjects, topics = set(raw["subjects"]), set(taxonomy.label_ids)
    assert {row.get("about", "penalty") for row in raw["measures"]} <= subjects
    assert {s for row in raw["measures"] for s in row.get("not_about", ())} <= subjects
    assert {label for row in raw["subjects"].values() for label in row.get("labels", ())} <= topics
    assert {t for label, others in raw["related"].items() for t in (label, *others)} <= topics


def test_every_measure_has_a_way_to_be_read() -> None:
    for measure in load_measures().measures.values():
        assert measure.phrases or measure.inherited, measure.id
        assert not measure.inherited or measure.about, measure.id


@pytest.mark.parametrize(
    ("phrase", "masked", "places"),
    [
        ("受理#", "受理#，审结#", [2]),
        ("受理…申请#", "受理行政复议申请#", [8]),
        ("受理…申请#", "受理，申请#", []),
        ("^维持#", "其中维持#、维持#", [8]),
        ("^维持#", "其中，维持#、维持#", [5, 9]),
        ("建议N、提案#", "建议#、提案#", [6]),
        ("办结#", "虚假办结的#", []),
        ("办结#", "办结#单位", []),
        ("出庭率#", "出庭率由#提高到#", [8]),
        ("出庭率#", "出庭率由上年的#提高到#", [7, 11]),
        ("承接…#", "承接的其中#", []),
    ],
)
def test_phrases(phrase: str, masked: str, places: list[int]) -> None:
    assert [match.at for match in Phrase.compile(phrase).matches(masked)] == places


def test_a_number_need_not_end_its_noun_phrase_to_be_ruled_out() -> None:
    assert not list(Phrase.compile("每…#").matches("每个村选#茶农"))
    assert list(Phrase.compile("每…#", is_whole=False).matches("每个村选#茶农"))


@pytest.mark.parametrize("phrase", ["受理", "#至#", "(受理#"])
def test_what_is_no_phrase_is_named(phrase: str) -> None:
    with pytest.raises(ValueError, match="phrase `"):
        Phrase.compile(phrase)


def test_the_longest_word_says_the_subject() -> None:
    words = SubjectWords({"a": ["复议", "复议应诉"], "b": ["应诉", "复议应诉"]})
    assert words.last("复议和应诉") == {"b"}
    assert words.last("复议应诉") == {"a", "b"}
    assert words.last("复议和应诉", frozenset("b")) == {"a"}
    assert words.first("应诉、复议") == {"b"}
    assert words.first("其他") == words.last("其他") == frozenset()
