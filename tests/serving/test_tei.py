"""`/predict`, `/health` and `/info` keep to what text-embeddings-inference documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fazhi.classifier import Classifier
from fazhi.encoding import Sentence
from serving.errors import ApiError, ErrorType
from tests.serving.service import Service

TEXT, HEADING = "执法人员法治意识有待提高。", "二、存在的问题"
LONG = "普法" * 500


def expected(classifier: Classifier, *inputs: list[str]) -> list[list[dict[str, Any]]]:
    predictions = classifier.predict([Sentence(x[-1], tuple(x[:-1])) for x in inputs])
    ranked = [sorted(p.scores.items(), key=lambda pair: -pair[1]) for p in predictions]
    return [[{"label": label, "score": score} for label, score in pairs] for pairs in ranked]


def predict(service: Service, **body: Any) -> Any:
    return service.answer(service.post("/predict", body))


def refused(service: Service, body: Any, status: int) -> dict[str, str]:
    answer = service.answer(service.post("/predict", body), status)
    assert list(answer) == ["error", "error_type"]
    return answer


@pytest.mark.parametrize(
    ("inputs", "texts"),
    [(TEXT, [TEXT]), ([TEXT], [TEXT]), ([HEADING, TEXT], [HEADING, TEXT])],
    ids=["text", "list of one", "pair"],
)
def test_one_input_is_answered_flat(
    service: Service, tiny_classifier: Classifier, inputs: Any, texts: list[str]
) -> None:
    answer = predict(service, inputs=inputs)
    assert [answer] == expected(tiny_classifier, texts)
    assert len(answer) == 26


def test_batch_of_texts_and_pairs_is_answered_nested(
    service: Service, tiny_classifier: Classifier
) -> None:
    inputs = [[TEXT], [HEADING, TEXT], ["短。"]]
    answer = predict(service, inputs=inputs)
    assert answer == expected(tiny_classifier, *inputs)
    assert answer[0] != answer[1]
    assert predict(service, inputs=[[TEXT]]) == expected(tiny_classifier, [TEXT])


def test_documented_parameters_at_their_defaults_change_nothing(service: Service) -> None:
    for more in (
        {"truncate": None},
        {"truncate": False, "truncation_direction": "right", "raw_scores": False},
        {"truncate": True, "truncation_direction": "Right", "prompt_name": None},
    ):
        assert predict(service, inputs=TEXT, **more) == predict(service, inputs=TEXT)


def test_long_text_is_refused_unless_it_may_be_cut(service: Service) -> None:
    for body in ({"inputs": LONG}, {"inputs": [LONG], "truncate": None}):
        answer = refused(service, body, 422)
        assert answer["error_type"] == "validation"
        assert answer["error"].startswith("inputs: longer than 128 tokens")
    answer = refused(service, {"inputs": [[TEXT], [LONG]], "truncate": False}, 422)
    assert answer["error"].startswith("inputs[1]: ")
    assert len(predict(service, inputs=LONG, truncate=True)) == 26


@pytest.mark.parametrize(
    ("inputs", "place"),
    [("", "inputs"), (" \n", "inputs"), ([], "inputs"), ([HEADING, ""], "inputs"),
     ([[]], "inputs[0]"), ([[TEXT], [""]], "inputs[1]")],
)  # fmt: skip
def test_empty_input_is_400_empty(service: Service, inputs: Any, place: str) -> None:
    answer = refused(service, {"inputs": inputs}, 400)
    assert answer == {"error": f"{place}: must not be empty.", "error_type": "empty"}


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 422, "inputs: "),
        ({"inputs": None}, 422, "inputs: "),
        ({"inputs": ["a", "b", "c"]}, 422, "inputs: "),
        ({"inputs": ["a", ["b"]]}, 422, "inputs[1]: "),
        ({"inputs": [["a"], "b"]}, 422, "inputs[1]: "),
        ({"inputs": [["a", "b", "c"]]}, 422, "inputs[0]: "),
        ({"inputs": [[["a"]]]}, 422, "inputs[0][0]: "),
        ({"inputs": [["a"], [5]]}, 422, "inputs[1][0]: "),
        ({"inputs": "\udc00"}, 422, "inputs: "),
        ({"inputs": "a", "truncate": "yes"}, 422, "truncate: "),
        ({"inputs": "a", "truncation_direction": "left"}, 422, "truncation_direction: "),
        ({"inputs": "a", "raw_scores": True}, 422, "raw_scores: logits aren't kept"),
        ({"inputs": [[1]] * 100_000}, 422, "inputs[0][0]: "),
        ({"inputs": [["a"]] * 2_001}, 413, "inputs: 2001 sentences"),
        ({"inputs": "字" * 20_001}, 413, "inputs: 20001 characters"),
        ({"inputs": ["字" * 20_001, "a"]}, 413, "inputs: 20001 characters"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_refusal_is_a_validation_error(
    service: Service, body: Any, status: int, message: str
) -> None:
    answer = refused(service, body, status)
    assert answer["error_type"] == "validation"
    assert answer["error"].startswith(message)


@pytest.mark.parametrize(
    ("fault", "status", "error_type"),
    [
        (RuntimeError("graph"), 424, "backend"),
        (ApiError(ErrorType.OVERLOADED, "Full.", headers={"Retry-After": "3"}), 429, "overloaded"),
        (ApiError(ErrorType.NOT_READY, "Stopping."), 503, "unhealthy"),
        (ApiError(ErrorType.TIMEOUT, "Late."), 504, "backend"),
    ],
)
def test_faults_have_the_names_of_that_server(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    status: int,
    error_type: str,
) -> None:
    async def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(service.app.state.inference, "classify", fail)
    response = service.post("/predict", {"inputs": TEXT})
    answer = service.answer(response, status)
    assert answer["error_type"] == error_type and "graph" not in answer["error"]
    if status == 429:
        assert response.headers["retry-after"] == "3"


def test_wrong_method_and_media_type(client: httpx.Client, service: Service) -> None:
    for method, path in (("GET", "/predict"), ("POST", "/info"), ("POST", "/health")):
        response = client.request(method, path)
        assert response.status_code == 405
        assert response.json()["error_type"] == "validation"
    response = client.post("/predict", content=b"{}", headers={"Content-Type": "text/plain"})
    assert service.answer(response, 415)["error_type"] == "validation"
    response = client.post("/predict", content=b"{", headers={"Content-Type": "application/json"})
    assert service.answer(response, 400)["error_type"] == "validation"


def test_health_is_empty_until_the_service_stops(start: Callable[..., Service]) -> None:
    service = start()
    response = service.client.get("/health")
    assert (response.status_code, response.content) == (200, b"")
    assert "content" not in service.openapi["paths"]["/health"]["get"]["responses"]["200"]
    assert service.client.get("/health/live").json() == {"status": "live"}
    service.app.state.inference.close()
    assert service.answer(service.client.get("/health"), 503) == {
        "error": "The service is stopping.",
        "error_type": "unhealthy",
    }


def test_info_maps_labels_both_ways(service: Service, tiny_classifier: Classifier) -> None:
    info = service.answer(service.client.get("/info"))
    classifier = info["model_type"]["classifier"]
    labels = tiny_classifier.artifact.taxonomy.label_ids
    assert classifier["id2label"] == {str(i): label for i, label in enumerate(labels)}
    assert classifier["label2id"] == {label: i for i, label in enumerate(labels)}
    assert info["model_id"] == "tiny@1.2.3"
    assert (info["max_input_length"], info["max_client_batch_size"]) == (128, 2_000)
    assert info["auto_truncate"] is False and info["version"]


def test_documented_example_works(service: Service) -> None:
    schema = service.openapi["components"]["schemas"]["TeiPredictRequest"]
    for example in schema["properties"]["inputs"]["examples"]:
        assert len(predict(service, inputs=example)) == len(example)
