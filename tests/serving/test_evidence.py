"""`POST /v1/evidence` says what `fazhi.evidence` says, by the service's own queue and limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from fazhi.classifier import Classifier
from fazhi.encoding import Sentence
from fazhi.evidence import MAX_VARIANTS, explain
from tests.serving.model import Model
from tests.serving.service import Service

EVIDENCE = "/v1/evidence"
TEXT = "全年办理行政复议案件42件，纠错率7.1%，新建普法阵地3处。"
PATH = ["二、存在的问题", "（三）复议应诉"]


def explained(service: Service, **body: Any) -> dict[str, Any]:
    return service.answer(service.post(EVIDENCE, body))


def test_answer_is_what_explain_says(service: Service, tiny_classifier: Classifier) -> None:
    sentence = {"text": TEXT, "heading_path": PATH, "id": "a"}
    answer = explained(service, sentence=sentence, labels=["reconsideration", "problem"])
    assert answer["model"] == {"name": "tiny", "version": "1.2.3"} and answer["id"] == "a"
    taxonomy = tiny_classifier.artifact.taxonomy
    whole = Sentence(TEXT, tuple(PATH))
    (prediction,) = tiny_classifier.predict([whole])
    for row, (id_, name, score) in zip(
        answer["evidence"],
        [
            ("reconsideration", "行政复议", prediction.scores["reconsideration"]),
            ("problem", taxonomy.role_by_id["problem"].name, prediction.role_scores["problem"]),
        ],
        strict=True,
    ):
        assert (row["id"], row["name"], row["score"]) == (id_, name, score)
        found = [asdict(evidence) for evidence in explain(whole, id_, tiny_classifier)]
        assert {p["text"] for p in row["phrases"]} <= {TEXT[p["start"] : p["end"]] for p in row["phrases"]} | {*PATH}  # fmt: skip
        if service.classifier.artifact is tiny_classifier.artifact:
            assert row["phrases"] == found


def test_labels_are_those_of_the_sentence_unless_asked(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        service.classifier, "_thresholds", [0.0] * len(service.classifier._thresholds)
    )
    answer = explained(service, sentence=TEXT)
    assert len(answer["evidence"]) == 26 + 1, "every topic, and the role"
    scores = [row["score"] for row in answer["evidence"][:-1]]
    assert scores == sorted(scores, reverse=True)
    one = explained(service, sentence=TEXT, labels=["hotline", "hotline"])
    assert [row["id"] for row in one["evidence"]] == ["hotline"]


def test_the_model_is_asked_a_bounded_number_of_times(
    start: Callable[..., Service], put_before: Callable[[Service], Model]
) -> None:
    service = start()
    model = put_before(service)
    explained(service, sentence={"text": "全年办理案件若干件，" * 50, "heading_path": PATH})
    assert 2 <= sum(map(len, model.batches)) <= 1 + MAX_VARIANTS


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({}, 422, "sentence"),
        ({"sentence": " "}, 422, "sentence"),
        ({"sentence": {"text": "a", "heading_path": "b"}}, 422, "sentence.heading_path"),
        ({"sentence": "a", "labels": ["hotline", "no-such"]}, 422, "labels[1]"),
        ({"sentence": "a", "labels": ["a" * 9_000]}, 422, "labels[0]"),
        ({"sentence": "a", "labels": None}, 422, "labels"),
        ({"sentence": "a" * 20_001}, 413, "sentence"),
        ({"sentence": {"text": "a", "heading_path": ["b" * 20_001]}}, 413, "sentence"),
    ],
)
def test_refusal_names_the_field(service: Service, body: Any, status: int, param: str) -> None:
    response = service.post(EVIDENCE, body)
    assert service.answer(response, status)["error"]["param"] == param
    assert len(response.content) < 1_000
