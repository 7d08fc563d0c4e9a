"""`POST /` answers Hugging Face's own client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

from fazhi.classifier import Classifier
from fazhi.encoding import Sentence
from tests.serving.service import Service

TEXT = "全年办理行政复议案件42件，纠错率7.1%。"


@pytest.fixture
def hf(service: Service, monkeypatch: pytest.MonkeyPatch) -> InferenceClient:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return InferenceClient(model=f"http://{service.address[0]}:{service.address[1]}", token="key")


def expected(classifier: Classifier, *texts: str) -> list[list[dict[str, Any]]]:
    predictions = classifier.predict([Sentence(text) for text in texts])
    ranked = [sorted(p.scores.items(), key=lambda pair: -pair[1]) for p in predictions]
    return [[{"label": label, "score": score} for label, score in pairs] for pairs in ranked]


def test_client_gets_every_label_strongest_first(
    hf: InferenceClient, tiny_classifier: Classifier
) -> None:
    answer = hf.text_classification(TEXT)
    assert [[{"label": x.label, "score": x.score} for x in answer]] == expected(
        tiny_classifier, TEXT
    )
    assert len(answer) == 26


@pytest.mark.parametrize("top_k", [1, 3, 100])
def test_client_asks_for_the_strongest(hf: InferenceClient, top_k: int) -> None:
    everything = hf.text_classification(TEXT)
    answer = hf.text_classification(TEXT, top_k=top_k, function_to_apply="sigmoid")
    assert answer == everything[:top_k]


@pytest.mark.parametrize("function", ["softmax", "none"])
def test_client_learns_why_scores_are_sigmoids(hf: InferenceClient, function: Any) -> None:
    with pytest.raises(HfHubHTTPError, match="parameters.function_to_apply: .*'sigmoid'") as caught:
        hf.text_classification(TEXT, function_to_apply=function)
    assert caught.value.response.status_code == 422


def test_client_learns_of_an_empty_text(hf: InferenceClient) -> None:
    with pytest.raises(HfHubHTTPError, match="inputs: must not be empty"):
        hf.text_classification(" ")


def test_list_is_a_batch_and_every_answer_is_nested(
    service: Service, tiny_classifier: Classifier
) -> None:
    texts = [TEXT, "压减申报材料61份。"]
    for inputs, wanted in ((texts, texts), (texts[:1], texts[:1]), (TEXT, [TEXT])):
        response = service.post("/", {"inputs": inputs})
        assert service.answer(response) == expected(tiny_classifier, *wanted)


def test_what_other_versions_of_the_client_send_is_passed_over(service: Service) -> None:
    body = {"inputs": TEXT, "parameters": None, "options": {"wait_for_model": True}}
    assert len(service.answer(service.post("/", body))[0]) == 26


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        ({}, 422, "inputs: "),
        ({"inputs": None}, 422, "inputs: "),
        ({"inputs": []}, 422, "inputs: "),
        ({"inputs": ["a", " "]}, 422, "inputs[1]: "),
        ({"inputs": ["a", 5]}, 422, "inputs[1]: "),
        ({"inputs": [["a", "b"]]}, 422, "inputs[0]: "),
        ({"inputs": {"text": "a"}}, 422, "inputs: "),
        ({"inputs": "\ud800"}, 422, "inputs: "),
        ({"inputs": "a", "parameters": {"top_k": 0}}, 422, "parameters.top_k: "),
        ({"inputs": "a", "parameters": {"top_k": "1"}}, 422, "parameters.top_k: "),
        ({"inputs": "a", "parameters": {"truncation": True}}, 422, "parameters.truncation: "),
        ({"inputs": [1] * 100_000}, 422, "inputs[0]: "),
        ({"inputs": ["a"] * 2_001}, 413, "inputs: 2001 sentences"),
        ({"inputs": ["a", "字" * 20_001]}, 413, "inputs[1]: 20001 characters"),
        ({"inputs": "字" * 20_001}, 413, "inputs: 20001 characters"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_refusal_is_one_line(service: Service, body: Any, status: int, place: str) -> None:
    answer = service.answer(service.post("/", body), status)
    assert list(answer) == ["error"]
    assert answer["error"].startswith(place)


def test_other_failures_are_one_line_too(service: Service) -> None:
    text = service.client.post("/", content=b"{", headers={"Content-Type": "application/json"})
    assert "JSON" in service.answer(text, 400)["error"]
    plain = service.client.post("/", content=b"{}", headers={"Content-Type": "text/plain"})
    assert "application/json" in service.answer(plain, 415)["error"]
    deleted = service.client.delete("/")
    assert deleted.status_code == 405 and list(deleted.json()) == ["error"]


def test_stopping_service_says_so(start: Callable[..., Service]) -> None:
    service = start()
    service.app.state.inference.close()
    response = service.post("/", {"inputs": TEXT})
    assert service.answer(response, 503) == {"error": "The service is stopping."}


def test_documented_example_works(service: Service) -> None:
    schema = service.openapi["components"]["schemas"]["HuggingFaceRequest"]
    for example in schema["properties"]["inputs"]["examples"]:
        service.answer(service.post("/", {"inputs": example}))
