"""Calibration and thresholds where the right answer is known."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from fazhi.classifier import Classifier, Logits
from fazhi.encoding import Sentence
from fazhi.records import Record
from fazhi.taxonomy import Group, Label, Role, Taxonomy
from training.decision import Decision, choose_decision, choose_fallback, choose_thresholds, give
from training.evaluation.models import Model
from training.scaling import METHODS

N, LABELS, ROLES, REPORTS = 3000, 6, 3, 20


@pytest.fixture
def small() -> Taxonomy:
    return Taxonomy(
        version=1,
        groups=(Group("g", "组"),),
        labels=tuple(Label(f"l{j}", f"标签{j}", "g") for j in range(LABELS)),
        roles=tuple(Role(f"r{j}", f"角色{j}") for j in range(ROLES)),
    )


def drawn(taxonomy: Taxonomy, log_odds: NDArray[np.float64]) -> tuple[Logits, list[Record]]:
    """Units whose labels and roles are drawn by log-odds; role logits are twice what they should be."""
    rng = np.random.default_rng(1)
    topics = rng.random(log_odds.shape) < expit(log_odds)
    roles = rng.normal(0, 2, (len(log_odds), ROLES))
    weights = np.exp(roles) / np.exp(roles).sum(axis=1, keepdims=True)
    units = [
        Record(
            f"r{i % REPORTS:02}-{i:04}",
            "句",
            "body",
            (),
            tuple(np.array(taxonomy.label_ids)[topics[i]]),
            taxonomy.role_ids[rng.choice(ROLES, p=weights[i])],
        )
        for i in range(len(log_odds))
    ]
    return Logits(log_odds.astype(np.float32), (2 * roles).astype(np.float32)), units


@pytest.fixture
def log_odds() -> NDArray[np.float64]:
    return np.random.default_rng(0).normal(-1, 2, (N, LABELS))


def test_one_scale_undoes_overconfidence(small: Taxonomy, log_odds: NDArray[np.float64]) -> None:
    logits, units = drawn(small, log_odds)
    decision = choose_decision(Logits(3 * logits.topics, logits.roles), units, small)
    assert decision.method == "one scale"
    assert {c.offset for c in decision.calibration.values()} == {0.0}
    assert decision.calibration["l0"].scale == pytest.approx(1 / 3, rel=0.1)
    assert decision.role_temperature == pytest.approx(2, rel=0.1)


def test_an_offset_is_taken_where_it_is_needed(
    small: Taxonomy, log_odds: NDArray[np.float64]
) -> None:
    logits, units = drawn(small, log_odds)
    decision = choose_decision(Logits(logits.topics + 1.5, logits.roles), units, small)
    assert decision.method == "scale and offset"
    assert decision.calibration["l0"].offset == pytest.approx(-1.5, abs=0.15)


def test_labels_get_their_own_numbers_where_they_differ(
    small: Taxonomy, log_odds: NDArray[np.float64]
) -> None:
    logits, units = drawn(small, log_odds)
    shift = np.array([2, -2, 0, 0, 0, 0], dtype=np.float32)
    decision = choose_decision(Logits(logits.topics + shift, logits.roles), units, small)
    assert decision.method == "per label"
    found = [decision.calibration[label].offset for label in small.label_ids]
    assert np.allclose(found, -shift, atol=0.4)
    assert decision.log_loss is not None
    assert decision.log_loss["per label"] < decision.log_loss["one scale"]


@pytest.mark.parametrize("method", METHODS)
def test_no_scaling_is_worse_than_none(method: str, log_odds: NDArray[np.float64]) -> None:
    topics = np.random.default_rng(2).random(log_odds.shape) < expit(log_odds)
    scales, offsets = METHODS[method](2 * log_odds, topics)
    assert np.allclose(scales, 0.5, atol=0.1) and np.allclose(offsets, 0, atol=0.35)


def test_a_label_without_positives_takes_the_common_numbers(
    log_odds: NDArray[np.float64],
) -> None:
    topics = np.random.default_rng(2).random(log_odds.shape) < expit(log_odds)
    log_odds[:, 0], topics[:, 0] = -9, False
    scales, offsets = METHODS["per label"](log_odds, topics)
    assert scales[0] == pytest.approx(1, abs=0.2) and offsets[0] == pytest.approx(0, abs=0.3)


def test_a_threshold_that_makes_no_difference_is_one_half() -> None:
    scores = np.array([[0.99, 0.01], [0.01, 0.99]])
    assert list(choose_thresholds(scores, scores > 0.5)) == [0.5, 0.5]


def test_only_a_label_with_many_positives_has_a_threshold_of_its_own() -> None:
    """Both want more than 0.65; the one with four positives is held back by the other labels."""
    rng = np.random.default_rng(0)
    scores = rng.choice([0.05, 0.95], size=(4000, 8), p=[0.7, 0.3])
    topics = scores > 0.5
    scores[np.flatnonzero(~topics[:, 0])[:40], 0] = 0.65
    topics[np.flatnonzero(topics[:, 1])[4:], 1] = False
    scores[:, 1] = np.where(topics[:, 1], 0.95, 0.05)
    scores[np.flatnonzero(~topics[:, 1])[0], 1] = 0.65  # F1 0.89 with it, 1 without
    thresholds = choose_thresholds(scores, topics)
    assert thresholds[0] > 0.65
    assert list(thresholds[1:]) == [0.5] * 7


def test_one_report_is_enough_to_decide_something(
    small: Taxonomy, log_odds: NDArray[np.float64]
) -> None:
    logits, units = drawn(small, log_odds[:50])
    alone = [Record(f"a-{i:03}", u.text, "body", (), u.labels, u.role) for i, u in enumerate(units)]
    assert choose_decision(logits, alone, small).method == "one scale"


def test_a_decision_is_read_back(small: Taxonomy, log_odds: NDArray[np.float64]) -> None:
    decision = choose_decision(*drawn(small, log_odds), small)
    assert Decision.from_json(asdict(decision)) == decision


def test_training_and_serving_decide_alike(tiny_classifier: Classifier) -> None:
    units = [
        Record(f"a-{i}", text) for i, text in enumerate(("推进政务公开。", "办理复议案件3件。"))
    ]
    answers = Model.of_classifier(tiny_classifier).answers(units)
    predictions = tiny_classifier.predict([Sentence(unit.text) for unit in units])
    assert answers.scores is not None and answers.role_scores is not None
    for row, prediction in enumerate(predictions):
        ids = np.array(tiny_classifier.artifact.taxonomy.label_ids)
        assert set(ids[answers.given[row]]) == set(prediction.labels)
        roles = tiny_classifier.artifact.taxonomy.role_ids
        assert roles[answers.roles[row]] == prediction.role
        assert np.allclose(answers.scores[row], list(prediction.scores.values()), atol=1e-4)
        got = list(prediction.role_scores.values())
        assert np.allclose(answers.role_scores[row], got, atol=1e-4)


def test_fallback_is_the_lowest_that_is_as_good_as_any() -> None:
    """Of 150 units below headings 50 have a topic that scores 0.3, 50 have none and score up to 0.2."""
    topics = np.zeros((200, 2), dtype=bool)
    topics[:50, 0] = topics[150:, 1] = True
    scores = np.full((200, 2), 0.01)
    scores[:50, 0], scores[50:100, 0], scores[150:, 1] = 0.3, np.linspace(0, 0.2, 50), 0.9
    below = np.arange(200) < 150
    thresholds = np.full(2, 0.5)
    fallback = choose_fallback(scores, thresholds, topics, below)
    assert fallback == 0.25
    given = give(scores, thresholds, fallback, below)
    assert (given == topics).all()
    assert not give(scores, thresholds, fallback, np.zeros(200, dtype=bool))[:150].any()
    useless = choose_fallback(scores, thresholds, topics & (scores > 0.5), below)
    assert useless == 0.35, "the lowest that gives nothing"
