"""Metrics, decisions and baselines on cases that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.baselines import majority, tfidf_svm
from training.decision import choose_decision
from training.metrics import score


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
    metrics = score(units, given, ["achievement"] * 4, taxonomy)
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
    metrics = score(units, [("hotline",), ()], ["achievement"] * 2, taxonomy)
    assert metrics["micro_f1"] == metrics["none_f1"] == metrics["exact_match"] == 1.0


def test_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(0)
    true_logits = rng.normal(0, 2, (4000, 3)).astype(np.float32)
    topics = rng.random((4000, 3)) < 1 / (1 + np.exp(-true_logits))
    role_logits = rng.normal(0, 2, (4000, 4)).astype(np.float32)
    weights = np.exp(role_logits) / np.exp(role_logits).sum(axis=1, keepdims=True)
    roles = np.array([rng.choice(4, p=p) for p in weights])
    decision = choose_decision(3 * true_logits, topics, 2 * role_logits, roles)
    assert decision.topic_temperature == pytest.approx(3, rel=0.1)
    assert decision.role_temperature == pytest.approx(2, rel=0.1)
    assert decision.threshold < 0.5  # F1 wants more recall than accuracy does


def test_a_threshold_that_makes_no_difference_is_one_half() -> None:
    logits = np.array([[20.0], [-20.0]], dtype=np.float32)
    roles = np.array([[9.0, 0.0], [0.0, 9.0]], dtype=np.float32)
    decision = choose_decision(logits, logits > 0, roles, np.array([0, 1]))
    assert decision.threshold == 0.5


def test_majority_says_the_commonest(taxonomy: Taxonomy) -> None:
    train = [unit(i, ("hotline",)) for i in range(3)] + [unit(9, (), "plan")]
    metrics = majority(train, [unit(1, ("hotline",)), unit(2, (), "plan")], taxonomy)
    assert metrics["per_label"]["hotline"]["recall"] == 1.0
    assert metrics["role_accuracy"] == 0.5


def test_linear_baseline_learns_words(taxonomy: Taxonomy) -> None:
    train = [unit(i, ("hotline",), "achievement", f"热线受理{i}件") for i in range(8)]
    train += [unit(i, ("disclosure",), "plan", f"将公开信息{i}条") for i in range(8)]
    test = [
        unit(1, ("hotline",), "achievement", "热线受理99件"),
        unit(2, ("disclosure",), "plan", "将公开信息"),
    ]
    metrics = tfidf_svm(train, test, taxonomy, seed=0)
    assert metrics["exact_match"] == metrics["role_accuracy"] == 1.0
