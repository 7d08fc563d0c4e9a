"""`POST /v1/classify` says what `Classifier.predict` says, in the shape of the contract."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from fazhi.classifier import Classifier, Prediction
from fazhi.encoding import Sentence
from fazhi.taxonomy import Taxonomy
from tests.serving.service import Service

TEXT = "全年办理行政复议案件42件，纠错率7.1%。"
HEADINGS = ["二、存在的问题", "（一）行政复议"]


def expected(id_: str | None, prediction: Prediction, taxonomy: Taxonomy) -> dict[str, Any]:
    """A result of the contract, made from the prediction without the service's code."""
    label, role = taxonomy.label_by_id, taxonomy.role_by_id[prediction.role]
    return {
        "id": id_,
        "labels": [
            {
                "id": x,
                "name": label[x].name,
                "group": label[x].group,
                "score": prediction.scores[x],
            }
            for x in prediction.labels
        ],
        "role": {"id": role.id, "name": role.name, "score": prediction.role_scores[role.id]},
        "scores": prediction.scores,
        "n_tokens": prediction.n_tokens,
        "truncated": prediction.truncated,
    }


def classify(service: Service, **body: Any) -> list[dict[str, Any]]:
    response = service.client.post("/v1/classify", json=body)
    return service.answer(response)["results"]


def test_answer_is_the_prediction_in_the_shape_of_the_contract(
    service: Service, tiny_classifier: Classifier
) -> None:
    body = {"sentences": [{"id": "a-1", "text": TEXT, "heading_path": HEADINGS}], "threshold": 0.05}
    response = service.client.post("/v1/classify", json=body)
    (prediction,) = tiny_classifier.predict([Sentence(TEXT, tuple(HEADINGS))], 0.05)
    assert prediction.labels, "the threshold should let some labels through"
    assert service.answer(response) == {
        "model": {"name": "tiny", "version": "1.2.3"},
        "results": [expected("a-1", prediction, tiny_classifier.artifact.taxonomy)],
    }
    assert response.headers["content-type"] == "application/json"


def test_order_and_ids_are_kept_whatever_the_form_and_the_length(
    service: Service, tiny_classifier: Classifier
) -> None:
    sentences: list[Any] = [
        TEXT * 20,
        {"text": "短。", "id": "乙"},
        TEXT,
        {"text": TEXT * 5, "id": "a", "heading_path": HEADINGS},
        {"text": "短。", "id": "乙"},
        {"text": "无编号。", "id": None},
    ]
    results = classify(service, sentences=sentences)
    predictions = tiny_classifier.predict(
        [
            Sentence(s)
            if isinstance(s, str)
            else Sentence(s["text"], tuple(s.get("heading_path", ())))
            for s in sentences
        ]
    )
    ids = [None, "乙", None, "a", "乙", None]
    taxonomy = tiny_classifier.artifact.taxonomy
    assert results == [expected(*pair, taxonomy) for pair in zip(ids, predictions, strict=True)]
    assert len({result["n_tokens"] for result in results}) > 3


def test_text_and_object_forms_mean_the_same(service: Service) -> None:
    assert classify(service, sentences=[TEXT]) == classify(service, sentences=[{"text": TEXT}])


@pytest.mark.parametrize("threshold", [0, 0.05, 1, 1.0])
def test_threshold_replaces_those_of_the_model(service: Service, threshold: float) -> None:
    (result,) = classify(service, sentences=[TEXT], threshold=threshold)
    wanted = {id_ for id_, score in result["scores"].items() if score >= threshold}
    assert {label["id"] for label in result["labels"]} == wanted
    scores = [label["score"] for label in result["labels"]]
    assert scores == sorted(scores, reverse=True)
    assert len(wanted) == 26 if threshold == 0 else len(wanted) < 26


def test_null_threshold_means_those_of_the_model(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    (result,) = classify(service, sentences=[TEXT])
    strongest = max(result["scores"], key=result["scores"].__getitem__)
    taxonomy = service.classifier.artifact.taxonomy
    lowered = service.classifier._thresholds.copy()
    lowered[taxonomy.label_ids.index(strongest)] = 0
    monkeypatch.setattr(service.classifier, "_thresholds", lowered)
    (by_default,) = classify(service, sentences=[TEXT])
    assert [label["id"] for label in by_default["labels"]] == [strongest]
    assert classify(service, sentences=[TEXT], threshold=None) == [by_default]


def test_heading_path_is_part_of_the_input(service: Service) -> None:
    alone, one, both = classify(
        service,
        sentences=[
            TEXT,
            {"text": TEXT, "heading_path": HEADINGS[:1]},
            {"text": TEXT, "heading_path": HEADINGS},
        ],
    )
    assert alone["n_tokens"] < one["n_tokens"] < both["n_tokens"]
    assert alone["scores"] != both["scores"]


def test_long_sentence_is_cut_and_says_so(service: Service) -> None:
    limit = service.client.get("/v1/model").json()["limits"]["max_length_tokens"]
    long, short = classify(service, sentences=["普法" * 5_000, TEXT])
    assert (long["n_tokens"], long["truncated"]) == (limit, True)
    assert short["n_tokens"] < limit and not short["truncated"]


@pytest.mark.parametrize(
    "text",
    ["a", "１２３", "壓減(jiǎn)申報材料", "𠮷野家", "\u200b", "第一行\n第二行\t\x00", "🏛️" * 50],
)
def test_any_text_that_isnt_blank_is_classified(
    service: Service, tiny_classifier: Classifier, text: str
) -> None:
    (prediction,) = tiny_classifier.predict([Sentence(text)])
    taxonomy = tiny_classifier.artifact.taxonomy
    assert classify(service, sentences=[text]) == [expected(None, prediction, taxonomy)]


def test_media_type_may_carry_a_charset_and_capitals(client: httpx.Client) -> None:
    response = client.post(
        "/v1/classify",
        content=f'{{"sentences": ["{TEXT}"]}}'.encode(),
        headers={"Content-Type": "Application/JSON; charset=utf-8"},
    )
    assert response.status_code == 200


def test_concurrent_clients_get_their_own_answers(
    service: Service, tiny_classifier: Classifier
) -> None:
    together = threading.Barrier(8)

    def ask(number: int) -> tuple[Any, Any]:
        texts = [
            f"第{number}件，办理行政复议案件{number * 7 + i}件。" for i in range(number % 4 + 1)
        ]
        sentences = [{"id": f"{number}-{i}", "text": text} for i, text in enumerate(texts)]
        if number < 8:
            together.wait(timeout=30)
        url = f"http://{service.address[0]}:{service.address[1]}/v1/classify"
        answer = httpx.post(url, json={"sentences": sentences}, timeout=60, trust_env=False)
        predictions = tiny_classifier.predict([Sentence(text) for text in texts])
        taxonomy = tiny_classifier.artifact.taxonomy
        wanted = [
            expected(sentence["id"], prediction, taxonomy)
            for sentence, prediction in zip(sentences, predictions, strict=True)
        ]
        return answer.json()["results"], wanted

    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(ask, range(40)))
    assert len(answers) == 40
    for got, wanted in answers:
        assert got == wanted


def test_documented_example_works(service: Service) -> None:
    schema = service.openapi["components"]["schemas"]["ClassifyRequest"]
    for example in schema["properties"]["sentences"]["examples"]:
        assert len(classify(service, sentences=example)) == len(example)
