"""What the notebooks count and draw: confusions, mistakes, differences of runs, the frontier, inheritance."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fazhi.classifier import Logits
from fazhi.errors import ArtifactError, RecordError
from fazhi.records import Record
from fazhi.taxonomy import Group, Label, Role, Taxonomy
from training.corpus import Corpus, ReportFacts
from training.datasheet.inheritance import inheritance
from training.datasheet.own_reports import read_reports
from training.decision import Decision
from training.evaluation.confusion import cooccurrence, role_confusion, topic_confusion
from training.evaluation.errors import find_errors, parts
from training.evaluation.metrics import Answers, measure, truth_of
from training.evaluation.models import open_model
from training.evaluation.paired import differences, disagreements, overall_differences
from training.evaluation.pictures import draw_precision_recall, draw_reliability, draw_slices
from training.evaluation.results import Results, common_answers, finished_runs, read_results
from training.evaluation.trade_off import Point, draw_trade_off, frontier, read_points, write_points
from training.predictions import Predictions

TAXONOMY = Taxonomy(
    1,
    (Group("g", "组"),),
    (Label("review", "审查", "g"), Label("study", "学法", "g"), Label("open", "公开", "g")),
    (Role("done", "成效"), Role("plan", "计划")),
)


def unit(
    identifier: str, *labels: str, role: str = "done", headings: tuple[str, ...] = ()
) -> Record:
    return Record(identifier, "全年审查文件二十六件。", "body", headings, labels, role)


UNITS = [
    unit("a-001", "review", headings=("一、审查",)),
    unit("a-002", "review", "study"),
    unit("b-001", role="plan"),
    unit("b-002", "open", role="plan"),
]


def answers(*given: tuple[str, ...], roles: str = "ddpp", score: float = 0.9) -> Answers:
    cells = np.array([[label in g for label in TAXONOMY.label_ids] for g in given])
    chosen = np.array([int(role == "p") for role in roles])
    role_scores = np.where(np.eye(2)[chosen] > 0, score, 1 - score)
    return Answers(cells, chosen, np.where(cells, score, 1 - score), role_scores)


RIGHT = answers(("review",), ("review", "study"), (), ("open",))
# study for review; study missed; review out of nothing and a wrong role; right.
WRONG = answers(("study",), ("review",), ("review",), ("open",), roles="dddp")


def test_confusion_pairs_what_was_missed_with_what_was_given_instead() -> None:
    counts = topic_confusion(truth_of(UNITS, TAXONOMY), WRONG.given)
    expected = np.zeros((4, 4), int)
    expected[0, 1] = 1  # study instead of review
    expected[1, 3] = 1  # study missed, nothing instead
    expected[3, 0] = 1  # review beside nothing missed
    assert counts.tolist() == expected.tolist()
    assert not topic_confusion(truth_of(UNITS, TAXONOMY), RIGHT.given).any()
    assert role_confusion(UNITS, WRONG, TAXONOMY).tolist() == [[2, 0], [1, 1]]
    assert cooccurrence(RIGHT.given).tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 1]]


def test_errors_are_filtered_by_topic_kind_and_part() -> None:
    def ids(**wanted: object) -> set[str]:
        return {row["id"] for row in find_errors(UNITS, WRONG, TAXONOMY, **wanted)}  # type: ignore[arg-type]

    assert ids() == {"a-001", "a-002", "b-001"}
    assert ids(topic="学法") == ids(topic="study") == {"a-001", "a-002"}
    assert ids(topic="study", mistake="missed") == {"a-002"}
    assert ids(mistake="extra") == {"a-001", "b-001"}
    assert ids(mistake="role") == {"b-001"}
    assert ids(among={"a-002", "b-002"}) == {"a-002"}
    assert not find_errors(UNITS, RIGHT, TAXONOMY)
    with pytest.raises(ValueError, match="no topic `审`"):
        find_errors(UNITS, WRONG, TAXONOMY, topic="审")


def test_the_surest_mistake_comes_first() -> None:
    scores = np.array(WRONG.scores)
    scores[1] = (0.9, 0.01, 0.1)  # study was missed with certainty
    rows = find_errors(UNITS, replace(WRONG, scores=scores), TAXONOMY)
    assert rows[0]["id"] == "a-002" and rows[0]["distance"] == pytest.approx(0.99)
    assert rows[0]["missed"] == "学法" and not rows[0]["extra"]
    assert next(r for r in rows if r["id"] == "b-001")["role"] == "计划 → 成效"


def test_parts_name_the_units_of_a_slice() -> None:
    facts = {"a": ReportFacts("a", "云岭县", "county", "2021", "test")}
    found = parts(UNITS, Corpus(tuple(UNITS), {}, facts, ()))
    assert found["issuer kind"] == {"county": {"a-001", "a-002"}}
    assert found["headings"]["with"] == {"a-001"}
    assert set(found) == {"headings", "issuer kind", "length", "year"}


def test_a_difference_is_that_of_the_metrics_and_clear_when_every_report_shows_it() -> None:
    units = [unit(f"{report}-{i:03}", "review") for report in "abcdefgh" for i in range(3)]
    everything = answers(*[("review",)] * 24, roles="d" * 24)
    a_third = answers(*[("review",), (), ()] * 8, roles="d" * 24)
    found = {d.name: d for d in differences(units, a_third, everything, TAXONOMY)}
    expected = (
        measure(units, everything, TAXONOMY)["micro_f1"]
        - measure(units, a_third, TAXONOMY)["micro_f1"]
    )
    assert found["micro F1"].difference == pytest.approx(expected) and found["审查"].is_clear
    assert found["审查"].support == 24 and "公开" not in found
    same = differences(units, everything, everything, TAXONOMY)
    assert not any(d.difference or d.is_clear for d in same)
    first = np.arange(3)
    one_report = differences(units[:3], a_third.rows(first), everything.rows(first), TAXONOMY)
    assert one_report[0].low is None and not one_report[0].is_clear


def drawn(rng: np.random.Generator, accuracy: float) -> Answers:
    """Of forty reports of ten units with topic and role; so many topics are found, nine of ten roles."""
    found = [("review",) if hit else () for hit in rng.random(400) < accuracy]
    return answers(*found, roles="".join(np.where(rng.random(400) < 0.9, "d", "p")))


def test_intervals_hold_a_difference_that_is_there_and_zero_where_there_is_none() -> None:
    rng = np.random.default_rng(4)
    units = [unit(f"r{i // 10:02}-{i:03}", "review") for i in range(400)]
    better, worse, alike = drawn(rng, 0.9), drawn(rng, 0.7), drawn(rng, 0.7)
    found, chance = (
        overall_differences(units, worse, other, TAXONOMY) for other in (better, alike)
    )
    for name in ("micro_f1", "macro_f1"):
        sure, unsure = found[name], chance[name]
        assert sure.low and sure.high and unsure.low and unsure.high
        assert 0 < sure.low < sure.difference < sure.high < 0.25 and sure.is_clear
        assert unsure.low < 0 < unsure.high and not unsure.is_clear
    for name, difference in found.items():
        measured = [measure(units, given, TAXONOMY)[name] for given in (worse, better)]
        assert [difference.first, difference.second] == pytest.approx(measured, abs=1e-4)
    assert 0 < found["role_accuracy"].first < 1 and found["role_accuracy"].support == 400
    assert chance == overall_differences(units, worse, alike, TAXONOMY)
    same = overall_differences(units, better, better, TAXONOMY)["macro_f1"]
    assert same.low == same.difference == same.high == 0


def test_disagreements_say_who_is_nearer() -> None:
    rows = disagreements(UNITS, WRONG, RIGHT, TAXONOMY)
    assert {row["id"]: row["better"] for row in rows} == dict.fromkeys(
        ("a-001", "a-002", "b-001"), "second"
    )
    assert rows[-1]["id"] == "a-002", "one wrong topic less than the others"
    assert rows[-1]["first"] == "审查｜成效" and rows[-1]["second"] == "审查、学法｜成效"


def results(name: str, units: list[Record], given: Answers) -> Results:
    logits = Logits(
        np.where(given.given, 3, -3).astype(np.float32),
        np.eye(2, dtype=np.float32)[given.roles],
    )
    predictions = Predictions(
        tuple(u.id for u in units),
        tuple(u.labels or () for u in units),
        tuple(u.role or "" for u in units),
        logits,
    )
    return Results(name, {}, [], TAXONOMY, Decision.neutral(TAXONOMY), predictions)


def test_runs_are_compared_on_their_common_units_whatever_their_order() -> None:
    chosen = np.array([3, 1, 0])
    one = results("one", UNITS, WRONG)
    two = results("two", [UNITS[i] for i in chosen], RIGHT.rows(chosen))
    units, found = common_answers([one, two], {"a-001": UNITS[0]})
    assert [u.id for u in units] == ["a-001", "a-002", "b-002"]
    assert units[0].text and not units[1].text, "the text is known of the first only"
    assert (found["two"].given == RIGHT.given[[0, 1, 3]]).all()
    assert (found["one"].given == WRONG.given[[0, 1, 3]]).all()
    relabelled = results("other", [unit("a-001", "open"), *UNITS[1:]], RIGHT)
    with pytest.raises(RecordError, match="other: unit a-001 has other labels than in one"):
        common_answers([one, relabelled], {})
    with pytest.raises(RecordError, match="no measured unit in common"):
        common_answers([one, results("far", [unit("z-001")], RIGHT.rows(np.array([0])))], {})


def test_an_unfinished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="not a finished run folder"):
        read_results(tmp_path, "test")
    (tmp_path / "run").mkdir()
    assert finished_runs(tmp_path) == []


def test_a_run_folder_and_its_export_answer_alike(
    tiny_run: Path, tiny_artifact: Path, tiny_corpus: Path, taxonomy: Taxonomy
) -> None:
    units = read_reports(next(tiny_corpus.glob("*.jsonl")), taxonomy, tiny_artifact)
    run, model = open_model(tiny_run), open_model(tiny_artifact)
    assert (run.name, model.name) == ("run", "tiny@1.2.3")
    one, other = (m.answers(units) for m in (run, model))
    assert one.scores is not None and other.scores is not None
    assert np.abs(one.scores - other.scores).max() < 0.1
    with pytest.raises(ArtifactError):
        open_model(tiny_corpus)


POINTS = [
    Point("base", 12, "fp32", 0.94, 0.9, 0.9, 0.9, 40, 110),
    Point("base", 12, "int8", 0.935, 0.9, 0.9, 0.9, 90, 29),
    Point("slow", 6, "int8", 0.92, 0.9, 0.9, 0.9, 80, 30),
    Point("student", 4, "int8", 0.93, 0.9, 0.9, 0.9, 260, 14),
]


def test_the_frontier_leaves_out_what_another_beats() -> None:
    for cost in ("sentences_per_s", "megabytes"):
        assert [p.name for p in frontier(POINTS, cost)] == ["student", "base", "base"]
    assert draw_trade_off(POINTS).axes[0].get_ylabel() == "micro F1"


def test_the_table_of_the_trade_off_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "pareto.csv"
    write_points(path, POINTS)
    assert read_points(path) == POINTS
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace("110", "viel")]), "utf-8")
    with pytest.raises(RecordError, match=r"line 2: `megabytes` is 'viel', not a number"):
        read_points(path)
    path.write_text(lines[0].replace("layers,", ""), "utf-8")
    with pytest.raises(RecordError, match="line 1: the header lacks the column `layers`"):
        read_points(path)


def test_inheritance_looks_at_the_headings_above() -> None:
    top, near = "一、工作", "（一）审查"
    records = [
        Record("a-001", top, "heading", (), ("open",)),
        Record("a-002", near, "heading", (top,), ("review",)),
        unit("a-003", "review", headings=(top, near)),
        unit("a-004", "open", headings=(top, near)),
        unit("a-005", "study", headings=(top, near)),
        unit(
            "b-001", "review", headings=(near,)
        ),  # another report: nobody said what its heading carries
    ]
    rows = {row.label: row for row in inheritance(records, TAXONOMY)}
    review, study, open_ = (rows[label] for label in TAXONOMY.label_ids)
    assert (review.nearest, review.farther, review.own) == (1, 0, 1)
    assert (review.below, review.contradicted) == (3, 2)
    assert (open_.nearest, open_.farther, open_.own) == (0, 1, 0)
    assert (study.nearest, study.farther, study.own) == (0, 0, 1)


def test_own_reports_without_labels_are_tagged(
    tiny_artifact: Path, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    text = "青溪县2021年法治政府建设工作情况报告\n一、主要举措\n全年审查文件二十六件。\n"
    (tmp_path / "one.txt").write_text(text, "utf-8")
    units = read_reports(tmp_path, taxonomy, tiny_artifact)
    assert all(u.labels is not None and u.role for u in units if u.kind == "body")
    line = {"id": "one-001", "text": "全年审查文件二十六件。", "labels": ["open"], "role": "plan"}
    (tmp_path / "one.jsonl").write_text(json.dumps(line), "utf-8")
    with pytest.raises(RecordError, match="`labels` names `open`"):
        read_reports(tmp_path, taxonomy, tiny_artifact)
    with pytest.raises(RecordError, match="holds no sentences"):
        (tmp_path / "empty").mkdir()
        read_reports(tmp_path / "empty", taxonomy, tiny_artifact)


def test_pictures_mark_the_threshold_and_both_calibrations() -> None:
    thresholds = dict.fromkeys(TAXONOMY.label_ids, 0.42)
    figure = draw_precision_recall(UNITS, WRONG, thresholds, TAXONOMY)
    notes = [text.get_text() for axis in figure.axes for text in axis.texts]
    assert len(figure.axes) == 3 and all("阈值 0.42" in note for note in notes)
    (dot,) = (axis.lines[1] for axis in figure.axes if axis.get_title() == "审查")
    assert dot.get_xydata().tolist() == [[0.5, 0.5]], "one of two found, and one of two right"
    figure = draw_reliability(UNITS, WRONG, replace(WRONG, scores=WRONG.given * 1.0), TAXONOMY)
    legend = [entry.get_text() for entry in figure.axes[0].get_legend().get_texts()]
    assert [entry[:3] for entry in legend] == ["校准前", "校准后"] and legend[0] != legend[1]
    figure.savefig(io.BytesIO(), format="png")  # a missing glyph is a warning, and so an error


def test_a_slice_without_a_figure_has_a_dash() -> None:
    shown = {"slice": "topics", "part": "one", "n_units": 9, "micro_f1": 0.0, "role_accuracy": 0.9}
    figure = draw_slices([shown, {**shown, "part": "none", "none_f1": 0.8}])
    notes = {axis.get_title(): [t.get_text() for t in axis.texts] for axis in figure.axes}
    assert notes["micro F1"] == ["0.000", "0.000"] and notes["无主题句 F1"] == ["0.800", "–"]
    figure.savefig(io.BytesIO(), format="png")
