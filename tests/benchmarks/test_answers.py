"""The soak's judge: right answers pass, whatever they were batched with; wrong ones don't."""

from __future__ import annotations

import random
from typing import Any

import pytest

from benchmarks.answers import Reference
from benchmarks.clients import Clients
from benchmarks.memory import Memory
from benchmarks.scenarios import report_sentences
from benchmarks.soak_report import Soak, targets
from benchmarks.workload import REPORT_CHARACTERS, Workload, read_workload
from fazhi.classifier import Classifier
from fazhi.encoding import Sentence
from tests.serving.service import Service
from tests.tiny import CORPUS

SENTENCES = (
    Sentence("组织普法宣传12场。"),
    Sentence("压减材料61份，办理复议案件。", ("一、工作",)),
)


@pytest.fixture(scope="module")
def reference(tiny_classifier: Classifier) -> Reference:
    return Reference(tiny_classifier, SENTENCES)


def result_of(service: Service, sentence: Sentence) -> dict[str, Any]:
    item = {"text": sentence.text, "heading_path": list(sentence.heading_path)}
    response = service.client.post("/v1/classify", json={"sentences": [item]})
    result: dict[str, Any] = response.json()["results"][0]
    return result


def test_the_services_answer_is_right(service: Service, reference: Reference) -> None:
    for sentence in SENTENCES:
        assert reference.fault(sentence, result_of(service, sentence)) is None


def test_another_sentences_answer_is_wrong(service: Service, reference: Reference) -> None:
    fault = reference.fault(SENTENCES[0], result_of(service, SENTENCES[1]))
    assert fault is not None and "n_tokens" in fault


def test_a_moved_score_is_wrong(service: Service, reference: Reference) -> None:
    result = result_of(service, SENTENCES[0])
    result["role"]["score"] += 0.001
    fault = reference.fault(SENTENCES[0], result)
    assert fault is not None and "offline it is" in fault


def test_labels_must_follow_from_the_scores(service: Service, reference: Reference) -> None:
    result = result_of(service, SENTENCES[0])
    label = next(name for name, score in result["scores"].items() if score < 0.4)
    result["labels"].append({"id": label})
    fault = reference.fault(SENTENCES[0], result)
    assert fault is not None and f"`{label}`" in fault


def test_workload_is_the_same_every_time_and_as_long_as_it_says() -> None:
    first, second = read_workload(CORPUS), read_workload(CORPUS)
    assert first == second
    assert len(first.sentences) == len({s.text for s in first.sentences}) > 500
    assert any(s.heading_path for s in first.sentences)
    assert not any(s.heading_path for s in first.bare_sentences)
    assert all(0.95 * REPORT_CHARACTERS <= len(text) <= REPORT_CHARACTERS for text in first.reports)
    assert all(len(report_sentences(text)) > 20 for text in first.reports)


def test_a_forbidden_outcome_fails_the_soak(reference: Reference) -> None:
    clients = Clients(1, reference, Workload(SENTENCES, ()), random.Random(0))
    clients._note("single", 429, 0.0)
    clients._note("hostile", 422, 0.0)
    assert clients.faults == []
    clients._note("hostile", 500, 0.0)
    clients._note("single", 504, 0.0)
    clients._note("single", 0, 0.0)
    assert clients.faults == ["hostile: 500", "single: 504", "single: connection lost"]
    with clients.losses_allowed():
        clients._note("single", 0, 1e12)
    assert len(clients.faults) == 3
    held = {t.name: t.is_met for t in targets(Soak(2, 1.0, Memory()), clients)}
    assert not held["wrong or lost answers, forbidden statuses"]
    assert not held["workers that swapped the model"]
