"""Metrics on cases that can be worked out by hand."""

from __future__ import annotations

import pytest

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.evaluation.metrics import Answers, measure


def unit(
    number: int, labels: tuple[str, ...], role: str = "achievement", text: str = "句"
) -> Record:
    return Record(f"r-{number:03d}", text, "body", (), labels, role)


def test_scores_by_hand(taxonomy: Taxonomy) -> None:
    units = [
        unit(1, ("hotline",)),
        unit(2, ("hotline", "disclosure")),
        unit(3, ()),
        unit(4, ("hotline",), "plan"),
    ]
    given = [("hotline",), ("hotline",), ("integrity",), ()]
    metrics = measure(units, Answers.of_names(given, ["achievement"] * 4, taxonomy), taxonomy)
    # hits 2, given 3, wanted 4
    assert metrics["micro_f1"] == pytest.approx(4 / 7, abs=1e-4)
    assert metrics["macro_labels"] == 1  # only hotline has three positives
    assert metrics["macro_f1"] == pytest.approx(0.8)
    assert metrics["exact_match"] == 0.25
    assert metrics["none_f1"] == 0.0
    assert metrics["role_accuracy"] == 0.75
    assert metrics["per_label"]["hotline"] == {
        "precision": 1.0,
        "recall": 0.6667,
        "f1": 0.8,
        "support": 3,
    }


def test_perfect_scores(taxonomy: Taxonomy) -> None:
    units = [unit(1, ("hotline",)), unit(2, ())]
    answers = Answers.of_names([("hotline",), ()], ["achievement"] * 2, taxonomy)
    metrics = measure(units, answers, taxonomy)
    assert metrics["micro_f1"] == metrics["none_f1"] == metrics["exact_match"] == 1.0
