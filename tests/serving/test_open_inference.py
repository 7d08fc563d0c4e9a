"""`/v2` answers Triton's own client, with tensors as JSON and as bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from fazhi.classifier import Classifier
from fazhi.encoding import Sentence
from tests.serving.service import Service

TEXTS = ["全年办理行政复议案件42件，纠错率7.1%。", "执法人员法治意识有待提高。"]
PATHS = [["一、主要举措和成效", "（一）行政复议"], ["二、存在的问题", ""]]
INFER = "/v2/models/{model}/infer"
LENGTH = "Inference-Header-Content-Length"


@pytest.fixture
def triton(service: Service) -> Iterator[InferenceServerClient]:
    with InferenceServerClient(f"{service.address[0]}:{service.address[1]}") as client:
        yield client


def tensor(name: str, rows: Any, binary: bool) -> InferInput:
    array = np.array(rows, dtype=np.object_)
    tensor = InferInput(name, list(array.shape), "BYTES")
    tensor.set_data_from_numpy(array, binary_data=binary)
    return tensor


def text_tensor(*texts: str, **more: Any) -> dict[str, Any]:
    return {"name": "text", "shape": [len(texts)], "datatype": "BYTES", "data": texts, **more}


def post(service: Service, body: Any) -> httpx.Response:
    return service.post("/v2/models/tiny/infer", body)


@pytest.mark.parametrize("binary_in", [True, False], ids=["binary in", "JSON in"])
@pytest.mark.parametrize("binary_out", [True, False, None], ids=["binary", "JSON", "default"])
def test_client_gets_the_predictions(
    triton: InferenceServerClient,
    tiny_classifier: Classifier,
    binary_in: bool,
    binary_out: bool | None,
) -> None:
    wanted = None
    if binary_out is not None:
        names = ("role", "scores", "labels")
        wanted = [InferRequestedOutput(name, binary_data=binary_out) for name in names]
    inputs = [tensor("text", TEXTS, binary_in), tensor("heading_path", PATHS, binary_in)]
    result = triton.infer("tiny", inputs, outputs=wanted, request_id="号-7")
    predictions = tiny_classifier.predict(
        [Sentence(TEXTS[0], tuple(PATHS[0])), Sentence(TEXTS[1], tuple(PATHS[1][:1]))]
    )
    scores = result.as_numpy("scores")
    assert scores.shape == (2, 26) and scores.dtype == np.float32
    np.testing.assert_allclose(scores, [list(p.scores.values()) for p in predictions], atol=1e-6)
    assert decoded(result.as_numpy("role")) == [p.role for p in predictions]
    labels = [json.loads(row) for row in decoded(result.as_numpy("labels"))]
    assert [[label["id"] for label in row] for row in labels] == [
        list(p.labels) for p in predictions
    ]
    response = result.get_response()
    assert (response["id"], response["model_name"], response["model_version"]) == (
        "号-7",
        "tiny",
        "1.2.3",
    )
    order = [output["name"] for output in response["outputs"]]
    assert order == (["labels", "scores", "role"] if wanted is None else list(names))


def decoded(array: Any) -> list[str]:
    assert array.shape == (2,)
    return [row.decode() if isinstance(row, bytes) else row for row in array]


def test_mixed_outputs_and_a_version(triton: InferenceServerClient) -> None:
    outputs = [
        InferRequestedOutput("labels", binary_data=False),
        InferRequestedOutput("role", binary_data=True),
    ]
    column = [[text] for text in TEXTS]
    inputs = [tensor("text", column, True)]
    result = triton.infer("tiny", inputs, model_version="1.2.3", outputs=outputs)
    assert result.as_numpy("scores") is None
    assert all(json.loads(row) == [] or row for row in decoded(result.as_numpy("labels")))
    assert all(role.isidentifier() for role in decoded(result.as_numpy("role")))


def test_labels_carry_id_name_and_score(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        service.classifier, "_thresholds", [0.0] * len(service.classifier._thresholds)
    )
    body = {"inputs": [text_tensor(TEXTS[0])], "outputs": [{"name": "labels"}]}
    (output,) = service.answer(post(service, body))["outputs"]
    labels = json.loads(output["data"][0])
    assert len(labels) == 26
    names = {label.id: label.name for label in service.classifier.artifact.taxonomy.labels}
    assert all(label["name"] == names[label["id"]] for label in labels)
    scores = [label["score"] for label in labels]
    assert scores == sorted(scores, reverse=True)


def test_client_reads_server_and_model(triton: InferenceServerClient) -> None:
    assert triton.is_server_live() and triton.is_server_ready()
    assert triton.is_model_ready("tiny") and triton.is_model_ready("tiny", "1.2.3")
    assert not triton.is_model_ready("other") and not triton.is_model_ready("tiny", "9")
    server = triton.get_server_metadata()
    assert server["name"] == "fazhi" and server["extensions"] == ["binary_tensor_data"]
    for version in ("", "1.2.3"):
        model = triton.get_model_metadata("tiny", version)
        assert (model["name"], model["versions"]) == ("tiny", ["1.2.3"])
        tensors = {t["name"]: t["shape"] for t in model["inputs"] + model["outputs"]}
        assert tensors == {
            "text": [-1],
            "heading_path": [-1, -1],
            "labels": [-1],
            "scores": [-1, 26],
            "role": [-1],
        }


@pytest.mark.parametrize(
    ("model", "version", "status"),
    [("other", "", "404"), ("tiny", "9", "501"), ("other", "1.2.3", "404")],
)
def test_client_learns_of_unknown_models(
    triton: InferenceServerClient, model: str, version: str, status: str
) -> None:
    for call in (
        lambda: triton.infer(model, [tensor("text", TEXTS, True)], model_version=version),
        lambda: triton.get_model_metadata(model, version),
    ):
        with pytest.raises(InferenceServerException, match="this service has") as caught:
            call()
        assert caught.value.status() == status


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "inputs: "),
        ({"inputs": []}, 400, "inputs: "),
        ({"inputs": [text_tensor("a", name="other")]}, 400, "inputs[0].name: "),
        ({"inputs": [text_tensor("a")] * 2}, 400, "inputs: needs one tensor"),
        ({"inputs": [text_tensor("a", name="heading_path")]}, 400, "inputs: needs one tensor"),
        ({"inputs": [text_tensor("a", datatype="FP32")]}, 400, "inputs[0].datatype: "),
        ({"inputs": [text_tensor("a", shape=[2])]}, 400, "inputs[0].data: 1 texts"),
        ({"inputs": [text_tensor("a", "b", shape=[1, 2])]}, 400, "inputs[0].shape: "),
        ({"inputs": [text_tensor(shape=[0])]}, 400, "inputs[0].shape: "),
        ({"inputs": [text_tensor("a", shape=[-1])]}, 400, "inputs[0].shape[0]: "),
        ({"inputs": [text_tensor("a", shape=[1, 1, 1])]}, 400, "inputs[0].shape: "),
        ({"inputs": [text_tensor(["a"], shape=[1])]}, 400, "inputs[0].data: "),
        ({"inputs": [text_tensor(1)]}, 400, "inputs[0].data[0]: "),
        ({"inputs": [text_tensor("a", " ")]}, 400, "inputs[0].data[1]: must not be empty"),
        ({"inputs": [text_tensor("\ud800")]}, 400, "inputs[0].data[0]: "),
        ({"inputs": [text_tensor("a")], "id": 5}, 400, "id: "),
        ({"inputs": [text_tensor("a")], "id": "\ud800"}, 400, "id: "),
        ({"inputs": [text_tensor("a")], "outputs": [{"name": "x"}]}, 400, "outputs[0].name: "),
        (
            {
                "inputs": [text_tensor("a")],
                "outputs": [{"name": "scores", "parameters": {"classification": 3}}],
            },
            400,
            "outputs[0].parameters.classification: ",
        ),
        (
            {"inputs": [text_tensor("a"), text_tensor("b", "c", name="heading_path")]},
            400,
            "inputs[1].shape: must have 1 rows",
        ),
        (
            {"inputs": [text_tensor("a"), text_tensor(name="heading_path", shape=[10**30, 0])]},
            400,
            "inputs[1].shape: must have 1 rows",
        ),
        ({"inputs": [text_tensor("a", shape=[10**30])]}, 413, "inputs[0]: 1" + "0" * 30),
        ({"inputs": [text_tensor(*["a"] * 2_001)]}, 413, "inputs[0]: 2001 sentences"),
        ({"inputs": [text_tensor("字" * 20_001)]}, 413, "inputs[0].data[0]: 20001 characters"),
    ],
    ids=lambda value: repr(value)[:70],
)
def test_refusal_is_one_line(service: Service, body: Any, status: int, message: str) -> None:
    found = service.answer(post(service, body), status)
    assert list(found) == ["error"]
    assert found["error"].startswith(message)


def element(text: bytes) -> bytes:
    return len(text).to_bytes(4, "little") + text


def binary_body(raw: bytes, size: int | None = None) -> tuple[bytes, int]:
    parameters = {"binary_data_size": len(raw) if size is None else size}
    tensor = {"name": "text", "shape": [1], "datatype": "BYTES", "parameters": parameters}
    head = json.dumps({"inputs": [tensor]}).encode()
    return head + raw, len(head)


@pytest.mark.parametrize(
    ("body", "length"),
    [
        (binary_body(element("普法".encode()))[0], "x"),
        (binary_body(element("普法".encode()))[0], "-1"),
        (binary_body(element("普法".encode()))[0], "5"),
        (binary_body(element("普法".encode()))[0], "9" * 5_000),
        (binary_body(element(b"\xff\xfe"))[0], None),
        (binary_body(b"\x09\x00\x00\x00abc")[0], None),
        (binary_body(b"\x00\x00")[0], None),
        (binary_body(element(b"abc"), size=70)[0], None),
        (binary_body(element(b"abc"))[0] + b"more", None),
    ],
    ids=["no number", "negative", "cut", "huge", "not UTF-8", "short", "half a length",
         "missing bytes", "bytes left"],
)  # fmt: skip
def test_bytes_that_dont_fit_are_400(service: Service, body: bytes, length: str | None) -> None:
    end = body.rindex(b"}]}") + 3
    headers = {LENGTH: length or str(end), "Content-Type": "application/octet-stream"}
    response = service.client.post("/v2/models/tiny/infer", content=body, headers=headers)
    assert "The body can't be read: " in service.answer(response, 400)["error"]


def test_media_types(service: Service) -> None:
    body, length = binary_body(element("普法".encode()))
    plain = json.dumps({"inputs": [text_tensor("普法")]}).encode()
    for content, headers, status in (
        (body, {LENGTH: str(length)}, 200),
        (body, {LENGTH: str(length), "Content-Type": "application/json"}, 200),
        (body, {LENGTH: str(length), "Content-Type": "application/octet-stream"}, 200),
        (body, {LENGTH: str(length), "Content-Type": "text/plain"}, 415),
        (plain, {}, 200),
        (plain, {"Content-Type": "application/octet-stream"}, 415),
        (plain, {"Content-Type": "text/plain"}, 415),
    ):
        response = service.client.post("/v2/models/tiny/infer", content=content, headers=headers)
        service.answer(response, status)


def test_body_limit_holds_for_bytes(start: Callable[..., Service]) -> None:
    service = start(max_body_bytes=1_000)
    body, length = binary_body(element(b"a" * 1_000))
    headers = {LENGTH: str(length)}
    response = service.client.post("/v2/models/tiny/infer", content=body, headers=headers)
    assert "max_body_bytes" in service.answer(response, 413)["error"]


def test_stopping_service_is_live_but_not_ready(start: Callable[..., Service]) -> None:
    service = start()
    assert service.answer(service.client.get("/v2/health/ready")) == {"ready": True}
    service.app.state.inference.close()
    assert service.answer(service.client.get("/v2/health/live")) == {"live": True}
    stopping = {"error": "The service is stopping."}
    assert service.answer(service.client.get("/v2/health/ready"), 503) == stopping
    assert service.client.get("/v2/models/tiny/ready").status_code == 503
    assert service.answer(post(service, {"inputs": [text_tensor("a")]}), 503) == stopping


def test_paths_below_v2_have_its_errors(client: httpx.Client) -> None:
    for method, path, status in (
        ("GET", "/v2/nothing", 404),
        ("GET", "/v2/models/tiny/infer", 405),
        ("POST", "/v2", 405),
    ):
        response = client.request(method, path)
        assert response.status_code == status
        assert list(response.json()) == ["error"]


def test_documented_examples_work(service: Service) -> None:
    for path in (INFER, "/v2/models/{model}/versions/{version}/infer"):
        parameters = service.openapi["paths"][path]["post"]["parameters"]
        names = {p["name"] for p in parameters if p["in"] == "path"}
        assert names == {name for name in ("model", "version") if f"{{{name}}}" in path}
    schema = service.openapi["components"]["schemas"]["InferRequest"]
    for example in schema["properties"]["inputs"]["examples"]:
        assert len(service.answer(post(service, {"inputs": example}))["outputs"]) == 3
