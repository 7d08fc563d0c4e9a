"""Comparison, slices, calibration errors and baselines on cases that can be worked out by hand."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fazhi.normalize import normalize
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from tests.tiny import ROOT
from training.corpus import ReportFacts
from training.evaluation.baselines import logistic_regression, majority, tfidf_svm
from training.evaluation.calibration import calibration_errors, expected_calibration_error
from training.evaluation.comparison import compare, intervals, to_markdown
from training.evaluation.frozen import FrozenEncoder
from training.evaluation.metrics import Answers, measure, truth_of
from training.evaluation.slices import bare, in_traditional, own_topic, slice_rows


def unit(
    id_: str,
    labels: tuple[str, ...],
    text: str = "句",
    role: str = "achievement",
    above: tuple[str, ...] = (),
) -> Record:
    return Record(id_, text, "body", above, labels, role)


@pytest.fixture
def units() -> list[Record]:
    """Four reports of five units."""
    return [unit(f"r{i // 5}-{i:03}", ("hotline",)) for i in range(20)]


def answers_of(units: list[Record], wrong: list[int], taxonomy: Taxonomy) -> Answers:
    labels = [() if i in wrong else (u.labels or ()) for i, u in enumerate(units)]
    return Answers.of_names(labels, ["achievement"] * len(units), taxonomy)


def test_calibration_error_by_hand() -> None:
    """Ten scores of 0.91, nine of them right; ten of 0.05, all wrong."""
    scores = np.array([0.91] * 10 + [0.05] * 10)
    hits = np.array([True] * 9 + [False] * 11)
    assert expected_calibration_error(scores, hits) == pytest.approx((0.01 + 0.05) / 2)
    assert expected_calibration_error(scores[:0], hits[:0]) == 0
    assert expected_calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


def test_easy_negatives_hide_what_the_tags_are_worth() -> None:
    scores, topics = np.zeros((100, 2)), np.zeros((100, 2), dtype=bool)
    scores[:10, 0], topics[:5, 0] = 0.9, True
    errors = calibration_errors(
        scores, scores > 0.5, topics, np.full((100, 2), 0.5), np.arange(100) < 50
    )
    assert errors["ece"] == pytest.approx(0.02)
    assert errors["label_ece"] == pytest.approx(0.02)
    assert errors["tag_ece"] == pytest.approx(0.4)
    assert errors["role_ece"] == pytest.approx(0)


def test_rows_have_mean_and_spread_of_the_runs(units: list[Record], taxonomy: Taxonomy) -> None:
    runs = [answers_of(units, wrong, taxonomy) for wrong in ([], [0, 1, 2, 3])]
    alone, both = compare({"one": runs[:1], "two": runs}, units, taxonomy)
    f1 = 2 * 16 / 36
    assert (alone["runs"], alone["micro_f1"], alone["spread"]) == (1, 1.0, {})
    assert both["micro_f1"] == pytest.approx((1 + f1) / 2, abs=1e-3)
    assert both["spread"]["micro_f1"] == pytest.approx((1 - f1) / 2**0.5, abs=1e-3)
    assert both["per_label"]["hotline"]["support"] == 20
    table = to_markdown([alone, both])
    assert "| one | 1.000 [1.000, 1.000] |" in table and "± 0.079" in table
    assert table.splitlines()[2].endswith("| – |"), "no scores, no calibration error"


def test_intervals_are_over_reports(units: list[Record], taxonomy: Taxonomy) -> None:
    """Four mistakes in one report are less certain than four in four reports."""
    together = intervals([answers_of(units, [0, 1, 2, 3], taxonomy)], units, taxonomy)["micro_f1"]
    apart = intervals([answers_of(units, [0, 5, 10, 15], taxonomy)], units, taxonomy)["micro_f1"]
    assert together[0] < 2 * 16 / 36 < together[1]
    assert apart[1] - apart[0] < 0.001 < together[1] - together[0]


def test_a_topic_is_ones_own_where_no_heading_carries_it() -> None:
    headings = [
        Record("r-1", "热线", "heading", (), ("hotline",)),
        Record("r-2", "一、总体情况", "heading", (), ()),
    ]
    cases = {
        unit("r-3", ("hotline",), above=("一、总体情况", "热线")): False,
        unit("r-4", ("disclosure",), above=("一、总体情况", "热线")): True,
        unit("r-5", ("disclosure", "hotline"), above=("热线",)): False,
        unit("r-6", ("hotline",)): True,
        unit("r-7", (), above=("热线",)): False,
        unit("r-8", ("disclosure",), above=("没有标注的标题",)): False,
        unit("s-1", ("disclosure",), above=("热线",)): False,  # of another report
    }
    assert list(own_topic(list(cases), headings)) == list(cases.values())


def test_slices_count_their_units(taxonomy: Taxonomy) -> None:
    """A system that is right only where it sees a heading."""
    units = [
        unit("a-1", ("hotline",), "短句", above=("一、工作",)),
        unit("a-2", ("hotline", "disclosure"), "长" * 40, above=("一、工作",)),
        unit("b-1", (), "句" * 100),
    ]
    facts = {
        "a": ReportFacts("a", "甲县", "county", "2018", "test"),
        "b": ReportFacts("b", "乙市", "city", "2024", "test"),
    }

    def answering(shown: list[Record]) -> Answers:
        labels = [(u.labels or ()) if u.heading_path else () for u in shown]
        return Answers.of_names(labels, ["achievement"] * len(shown), taxonomy)

    heading = Record("a-0", "一、工作", "heading", (), ())
    rows = slice_rows(answering, units, [heading], facts, taxonomy)  # type: ignore[arg-type]
    found = {(row["slice"], row["part"]): row for row in rows}
    assert {key: row["n_units"] for key, row in found.items()} == {
        ("issuer kind", "city"): 1,
        ("issuer kind", "county"): 2,
        ("year", "2019 and before"): 2,
        ("year", "2023–"): 1,
        ("length in characters", "1–30"): 1,
        ("length in characters", "31–60"): 1,
        ("length in characters", "91–"): 1,
        ("topics", "none"): 1,
        ("topics", "one"): 1,
        ("topics", "several"): 1,
        ("own topic", "with headings"): 2,
        ("own topic", "without headings"): 2,
        ("all units", "with headings"): 3,
        ("all units", "without headings"): 3,
        ("all units", "Traditional script with pinyin"): 3,
        ("all units", "mixed noise"): 3,
    }
    assert found["own topic", "with headings"]["micro_f1"] == 1
    assert found["own topic", "without headings"]["micro_f1"] == 0
    assert found["all units", "without headings"]["none_f1"] == 0.5
    assert "micro_f1" not in found["topics", "none"], "nothing to find"
    assert "none_f1" not in found["topics", "one"] and "none_f1" in found["topics", "none"]


def test_what_is_shown_otherwise_is_the_same_sentence() -> None:
    units = [unit("a-1", (), "加强行政执法监督，规范办理复议案件。" * 5, above=("一、监督工作",))]
    assert bare(units) == [replace(units[0], heading_path=())]
    (shown,) = in_traditional(units)
    assert "監督" in shown.heading_path[0] and "(" in shown.text
    assert "监督" in normalize(shown.text).text and "(" not in normalize(shown.text).text
    assert in_traditional(units) == [shown]


def test_majority_says_the_commonest(taxonomy: Taxonomy) -> None:
    train = [unit(f"a-{i}", ("hotline",)) for i in range(3)] + [unit("a-9", (), role="plan")]
    test = [unit("b-1", ("hotline",)), unit("b-2", (), role="plan")]
    metrics = measure(test, majority(train, test, taxonomy), taxonomy)
    assert metrics["per_label"]["hotline"]["recall"] == 1.0
    assert metrics["role_accuracy"] == 0.5
    assert "ece" not in metrics


@pytest.fixture
def learnt() -> tuple[list[Record], list[Record]]:
    train = [unit(f"a-{i}", ("hotline",), f"热线受理{i}件") for i in range(8)]
    train += [unit(f"a-{i}", ("disclosure",), f"将公开信息{i}条", "plan") for i in range(8)]
    test = [
        unit("b-1", ("hotline",), "热线受理99件"),
        unit("b-2", ("disclosure",), "将公开信息", "plan"),
    ]
    return train, test


def test_linear_baseline_learns_words(
    learnt: tuple[list[Record], list[Record]], taxonomy: Taxonomy
) -> None:
    train, test = learnt
    metrics = measure(test, tfidf_svm(train, test, taxonomy, seed=0), taxonomy)
    assert metrics["exact_match"] == metrics["role_accuracy"] == 1.0


def test_logistic_regression_gives_probabilities(
    learnt: tuple[list[Record], list[Record]], taxonomy: Taxonomy
) -> None:
    train, test = learnt
    vectors = truth_of(train, taxonomy).astype(np.float32)
    answers = logistic_regression(train, vectors, truth_of(test, taxonomy), taxonomy)  # type: ignore[arg-type]
    metrics = measure(test, answers, taxonomy)
    assert metrics["exact_match"] == metrics["role_accuracy"] == 1.0
    assert answers.role_scores is not None
    assert answers.role_scores.shape == (2, 4), "also of roles that the training units lack"
    assert np.allclose(answers.role_scores.sum(axis=1), 1)


def test_vectors_are_kept_and_in_order(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fazhi.encoding import Sentence

    sentences = [Sentence("推进政务公开" * n, ("一、工作",)) for n in (3, 1, 2)]
    encoder = FrozenEncoder(str(tiny_base), tmp_path)
    vectors = encoder.vectors(sentences)
    assert vectors.shape == (3, 32)
    for i, sentence in enumerate(sentences):
        assert np.allclose(vectors[i], encoder.vectors([sentence])[0], atol=1e-5)
    monkeypatch.setattr(FrozenEncoder, "_compute", None)
    assert np.array_equal(FrozenEncoder(str(tiny_base), tmp_path).vectors(sentences), vectors)


def evaluate(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "training.evaluation.evaluate", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
    )


def test_the_command_writes_its_tables(
    tiny_run: Path, tiny_base: Path, tiny_corpus: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    common = ("--model", tiny_artifact, "--data", tiny_corpus, "--output", tmp_path / "tables")
    done = evaluate(*common, "--base_model", tiny_base, "--runs", tiny_run, tiny_run, "--slices")
    assert done.returncode == 0, done.stderr
    for expected in ("keyword rules", "tag_ece", "放管服", "Traditional script with pinyin"):
        assert expected in done.stdout
    content = json.loads((tmp_path / "tables" / "comparison.json").read_text("utf-8"))
    rows = {row["system"]: row for row in content["systems"]}
    assert list(rows) == [
        "majority",
        "keyword rules",
        "TF-IDF + linear SVM",
        "frozen encoder + logistic regression",
        "fine-tuned fp32",
        "tiny@1.2.3",
    ]
    assert rows["TF-IDF + linear SVM"]["micro_f1"] > rows["majority"]["micro_f1"]
    assert rows["fine-tuned fp32"]["runs"] == 2
    assert rows["fine-tuned fp32"]["spread"]["micro_f1"] == 0
    assert "| tiny@1.2.3 |" in (tmp_path / "tables" / "comparison.md").read_text("utf-8")
    with (tmp_path / "tables" / "per-label.csv").open(encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file))) == 26

    gold = min(tiny_corpus.glob("*.jsonl"))
    done = evaluate(*common, "--base_model", tmp_path / "none", "--gold", gold)
    assert done.returncode == 0, done.stderr
    assert "left out, the frozen base encoder" in done.stderr and "make base" in done.stderr

    refused = evaluate(*common, "--model", tmp_path / "none", "--base_model", tiny_base)
    assert refused.returncode == 2
    assert refused.stderr.strip() == f"error: {tmp_path / 'none'}: no such model folder"
