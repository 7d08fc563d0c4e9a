"""Every refusal has its status, its type, the documented body, and names the field."""

from __future__ import annotations

import http.client
import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from serving.contracts import error_shape
from serving.errors import OWN, STATUS, ErrorType
from serving.schemas import ClassifyRequest
from tests.serving.service import Service, wait_until

CLASSIFY, REPORTS = "/v1/classify", "/v1/reports"
COMPARE, EVIDENCE = "/v1/compare", "/v1/evidence"
JSON = {"Content-Type": "application/json"}
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.fixture(scope="session")
def small(start: Callable[..., Service]) -> Service:
    """A service with limits that a test can reach."""
    return start(
        max_body_bytes=2_000,
        max_sentences=3,
        max_sentence_characters=50,
        max_report_characters=100,
    )


def error(service: Service, response: httpx.Response, status: int) -> dict[str, str]:
    """The error of a documented answer that holds nothing else."""
    body = service.answer(response, status)
    assert list(body) == ["error"]
    assert {"type", "message"} <= set(body["error"]) <= {"type", "message", "param"}
    assert all(isinstance(value, str) and value for value in body["error"].values())
    assert STATUS[ErrorType(body["error"]["type"])][0] == status
    return body["error"]


def post(service: Service, path: str, body: bytes | str) -> httpx.Response:
    return service.client.post(path, content=body, headers=JSON)


@pytest.mark.parametrize("path", [CLASSIFY, REPORTS])
@pytest.mark.parametrize(
    "body",
    [
        "{",
        "sentences=a",
        '{"sentences": ["a"],}',
        "{'text': 'a'}",
        b'{"sentences": ["\xff\xfe"], "text": "\xff"}',
        "法治".encode("gb18030"),
        b"\x00\x01\x02",
        DEEP,
        f'{{"sentences": {DEEP}, "text": {DEEP}}}',
        f'{{"threshold": {"9" * 5_000}}}',
    ],
    ids=lambda body: repr(body[:16]),
)
def test_malformed_json_is_400(service: Service, path: str, body: bytes | str) -> None:
    found = error(service, post(service, path, body), 400)
    assert found["type"] == "malformed"
    assert "JSON" in found["message"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ('{"sentences": []}', "sentences"),
        ('{"sentences": "a"}', "sentences"),
        ('{"sentences": null}', "sentences"),
        ('{"sentences": {"0": "a"}}', "sentences"),
        ('{"threshold": 0.5}', "sentences"),
        ('{"sentences": [5]}', "sentences[0]"),
        ('{"sentences": ["a", null]}', "sentences[1]"),
        ('{"sentences": ["a", ["b"]]}', "sentences[1]"),
        ('{"sentences": [""]}', "sentences[0]"),
        ('{"sentences": ["a", " \\n\u3000"]}', "sentences[1]"),
        ('{"sentences": [{}]}', "sentences[0].text"),
        ('{"sentences": [{"text": " "}]}', "sentences[0].text"),
        ('{"sentences": [{"text": 5}]}', "sentences[0].text"),
        ('{"sentences": [{"text": null}]}', "sentences[0].text"),
        ('{"sentences": [{"text": "a", "id": 5}]}', "sentences[0].id"),
        ('{"sentences": [{"text": "a", "heading_path": "b"}]}', "sentences[0].heading_path"),
        ('{"sentences": [{"text": "a", "heading_path": null}]}', "sentences[0].heading_path"),
        (
            '{"sentences": [{"text": "a", "heading_path": ["b", 1]}]}',
            "sentences[0].heading_path[1]",
        ),
        ('{"sentences": [{"text": "a", "kind": "body"}]}', "sentences[0].kind"),
        ('{"sentences": [{"text": "a", "sentence": "b"}]}', "sentences[0].sentence"),
        ('{"sentences": ["a"], "text": "b"}', "text"),
        ('{"sentences": ["a"], "model": "b"}', "model"),
        ('{"sentences": ["a"], "threshold": NaN}', "threshold"),
        ('{"sentences": ["a"], "threshold": Infinity}', "threshold"),
        ('{"sentences": ["a"], "threshold": 1e999}', "threshold"),
        ('{"sentences": ["a"], "threshold": -0.01}', "threshold"),
        ('{"sentences": ["a"], "threshold": 1.01}', "threshold"),
        ('{"sentences": ["a"], "threshold": "0.5"}', "threshold"),
        ('{"sentences": ["a"], "threshold": true}', "threshold"),
        ('{"sentences": ["a"], "threshold": [0.5]}', "threshold"),
        (f'{{"sentences": ["a"], "threshold": {"9" * 4_000}}}', "threshold"),
        ('{"sentences": ["\\ud800"]}', "sentences[0]"),
        ('{"sentences": ["a\\udc00b"]}', "sentences[0]"),
        ('{"sentences": [{"text": "\\ud800"}]}', "sentences[0].text"),
        ('{"sentences": [{"text": "a", "id": "\\ud83d"}]}', "sentences[0].id"),
        (
            '{"sentences": [{"text": "a", "heading_path": ["\\udfff"]}]}',
            "sentences[0].heading_path[0]",
        ),
        ('{"sentences": [{"text": "a", "\\ud800": 1}]}', "sentences[0]"),
        (f'{{"sentences": [{"[" * 500 + "]" * 500}]}}', "sentences[0]"),
        (f'{{"sentences": {"[" * 500 + "]" * 500}}}', "sentences[0]"),
        (f'{{"sentences": ["a"], "{"k" * 5_000}": 1}}', "k" * 200),
    ],
    ids=lambda value: value[:60],
)
def test_unacceptable_field_of_classify_is_422_and_named(
    service: Service, body: str, param: str
) -> None:
    found = error(service, post(service, CLASSIFY, body), 422)
    assert (found["type"], found["param"]) == ("invalid", param)
    assert found["message"].startswith(f"{param}: ")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("{}", "text"),
        ('{"text": ""}', "text"),
        ('{"text": "\\t \u2003"}', "text"),
        ('{"text": null}', "text"),
        ('{"text": ["a"]}', "text"),
        ('{"text": "\\ud800"}', "text"),
        ('{"text": "a", "name": ""}', "name"),
        ('{"text": "a", "name": 5}', "name"),
        ('{"text": "a", "name": null}', "name"),
        ('{"text": "a", "name": "\\udc00"}', "name"),
        (f'{{"text": "a", "name": "{"n" * 201}"}}', "name"),
        ('{"text": "a", "sentences": ["a"]}', "sentences"),
        ('{"text": "a", "threshold": 0.5}', "threshold"),
    ],
)
def test_unacceptable_field_of_reports_is_422_and_named(
    service: Service, body: str, param: str
) -> None:
    found = error(service, post(service, REPORTS, body), 422)
    assert (found["type"], found["param"]) == ("invalid", param)
    assert found["message"].startswith(f"{param}: ")


@pytest.mark.parametrize("path", [CLASSIFY, REPORTS])
@pytest.mark.parametrize("body", ["", "null", "[]", "5", '"a"', "NaN", '{"\\ud800": 1}'])
def test_body_that_is_no_object_is_422_without_a_field(
    service: Service, path: str, body: str
) -> None:
    found = error(service, post(service, path, body), 422)
    assert found["type"] == "invalid" and "param" not in found


@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v1/classify/x", "/%ff%00", "/%22%0a"])
def test_unknown_path_is_404(client: httpx.Client, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        response = client.request(method, path)
        assert response.status_code == 404
        assert set(response.json()["error"]) == {"type", "message"}
        assert response.json()["error"]["type"] == "not_found"


def test_error_doesnt_repeat_what_is_long(service: Service) -> None:
    response = service.client.get("/" + "a" * 10_000)
    assert response.status_code == 404 and len(response.content) < 500
    response = service.client.post(CLASSIFY, headers={"Content-Type": "a" * 10_000})
    assert response.status_code == 415 and len(response.content) < 500


@pytest.mark.parametrize(
    ("path", "allowed"),
    [(CLASSIFY, "POST"), (REPORTS, "POST"), ("/v1/taxonomy", "GET"), ("/v1/model", "GET"),
     ("/health/live", "GET"), ("/health/ready", "GET")],
)  # fmt: skip
def test_wrong_method_is_405_and_says_which(client: httpx.Client, path: str, allowed: str) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - {allowed}:
        response = client.request(method, path, json={} if method == "POST" else None)
        assert response.status_code == 405
        assert response.headers["allow"] == allowed
        assert response.json()["error"]["type"] == "method_not_allowed"
        assert path in response.json()["error"]["message"]


@pytest.mark.parametrize("path", [CLASSIFY, REPORTS, COMPARE, EVIDENCE])
@pytest.mark.parametrize(
    "media_type",
    [None, "", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/mixed",
     "multipart/form-datax", "application/jsonl", "application/vnd.api+json", "json"],
)  # fmt: skip
def test_other_media_type_is_415(service: Service, path: str, media_type: str | None) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    body = b'{"sentences": ["a"], "text": "a"}'
    found = error(service, service.client.post(path, content=body, headers=headers), 415)
    assert found["type"] == "unsupported_media_type"
    assert "application/json" in found["message"]


def test_limits_are_413_and_what_reaches_them_is_not(small: Service) -> None:
    def refused(path: str, body: dict[str, Any], limit: str) -> str | None:
        found = error(small, small.client.post(path, json=body), 413)
        assert found["type"] == "too_large" and limit in found["message"]
        return found.get("param")

    def accepted(path: str, body: dict[str, Any]) -> bool:
        return small.client.post(path, json=body).status_code == 200

    assert accepted(CLASSIFY, {"sentences": ["a"] * 3})
    assert refused(CLASSIFY, {"sentences": ["a"] * 4}, "max_sentences") == "sentences"
    assert accepted(CLASSIFY, {"sentences": ["字" * 50]})
    long: dict[str, Any] = {"sentences": ["a", "字" * 51]}
    assert refused(CLASSIFY, long, "max_sentence_characters") == "sentences[1]"
    long = {"sentences": [{"text": "a", "heading_path": ["b", "字" * 51]}]}
    assert refused(CLASSIFY, long, "max_sentence_characters") == "sentences[0]"
    assert accepted(REPORTS, {"text": "字" * 100})
    assert refused(REPORTS, {"text": "字" * 101}, "max_report_characters") == "text"
    assert refused(REPORTS, {"text": "a" * 2_001}, "max_body_bytes") is None


def test_default_limits_hold_against_five_megabytes_in_one_line(service: Service) -> None:
    line = "a" * 5_000_000
    found = error(service, service.client.post(CLASSIFY, json={"sentences": [line]}), 413)
    assert found["param"] == "sentences[0]"
    found = error(service, service.client.post(REPORTS, json={"text": line}), 413)
    assert found["param"] == "text"
    found = error(service, service.client.post(REPORTS, json={"text": "字" * 200_000}), 422)
    assert found["param"] == "text" and "line 1: 200000 characters" in found["message"]
    assert service.client.post(CLASSIFY, json={"sentences": ["a" * 20_000]}).status_code == 200


def test_declared_length_over_the_limit_is_413_before_the_body_is_sent(small: Service) -> None:
    connection = http.client.HTTPConnection(*small.address, timeout=30)
    connection.putrequest("POST", CLASSIFY)
    for name, value in (*JSON.items(), ("Content-Length", "2001")):
        connection.putheader(name, value)
    connection.endheaders()
    assert_too_large(connection)


def test_chunked_body_over_the_limit_is_413_before_it_ends(small: Service) -> None:
    connection = http.client.HTTPConnection(*small.address, timeout=30)
    connection.putrequest("POST", REPORTS)
    for name, value in (*JSON.items(), ("Transfer-Encoding", "chunked")):
        connection.putheader(name, value)
    connection.endheaders()
    for _ in range(3):
        connection.send(b"3e8\r\n" + b" " * 1_000 + b"\r\n")
    assert_too_large(connection)


def assert_too_large(connection: http.client.HTTPConnection) -> None:
    response = connection.getresponse()
    assert response.status == 413
    assert json.loads(response.read()) == {
        "error": {
            "type": "too_large",
            "message": "The body is over the limit of 2000 bytes (max_body_bytes).",
        }
    }
    connection.close()


def test_chunked_body_within_the_limit_is_read(small: Service) -> None:
    pieces = iter([b'{"sentences": ', b'["\xe6\xb3', b'\x95\xe6\xb2\xbb"]}'])
    response = small.client.post(CLASSIFY, content=pieces, headers=JSON)
    assert response.request.headers["transfer-encoding"] == "chunked"
    assert len(small.answer(response)["results"]) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"sentences": [' + b"1," * 4_900_000 + b"1]}", 422),
        (b'{"sentences": [' + b'"a",' * 2_400_000 + b'"a"]}', 413),
    ],
    ids=["wrong sentences", "short sentences"],
)
def test_ten_megabytes_of_faults_are_refused_at_once(
    service: Service, body: bytes, status: int
) -> None:
    """Without care this takes minutes and gigabytes."""
    response = post(service, CLASSIFY, body)
    assert response.elapsed.total_seconds() < 15
    error(service, response, status)


@pytest.mark.parametrize(
    "body",
    [
        {"sentences": [1] * 1_000},
        {"sentences": [{"text": "a", "heading_path": [1] * 1_000}]},
        {"sentences": [{"text": "a", **{f"field{i}": i for i in range(1_000)}}]},
        {"sentences": ["a"], **{f"field{i}": i for i in range(1_000)}},
    ],
    ids=["sentences", "headings", "fields of a sentence", "fields"],
)
def test_validation_stops_at_the_first_fault(body: dict[str, Any]) -> None:
    """Pydantic makes an object of every fault that it finds."""
    with pytest.raises(ValidationError) as caught:
        ClassifyRequest.model_validate(body)
    assert caught.value.error_count() == 1


@pytest.mark.parametrize("host", ["[", "", "a b", "\xff", "x" * 300])
def test_strange_host_header_is_no_fault_of_the_service(service: Service, host: str) -> None:
    connection = http.client.HTTPConnection(*service.address, timeout=30)
    connection.putrequest("GET", "/nothing", skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    assert connection.getresponse().status in (400, 404)
    connection.close()


@pytest.mark.parametrize(
    ("path", "body"), [(CLASSIFY, {"sentences": ["机密语句。"]}), (REPORTS, {"text": "机密语句。"})]
)
def test_fault_in_the_model_is_500_without_internals(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    body: dict[str, Any],
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("graph node 7 of /srv/secret/model.onnx")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(service.classifier, "infer", broken)
        response = service.client.post(path, json=body)
        wait_until(lambda: "graph node 7" in caplog.text)  # the operator should see the fault
    assert service.answer(response, 500) == {
        "error": {"type": "internal", "message": "The service failed; the fault is in its log."}
    }
    assert response.headers["connection"] == "close", (
        "the client must not send another request here"
    )
    assert "机密语句" not in caplog.text
    assert service.client.post(path, json=body).status_code == 200


def test_every_type_has_a_status_of_its_own() -> None:
    assert set(STATUS) == set(ErrorType)
    assert len({status for status, _ in STATUS.values()}) == len(STATUS)


def test_documented_failures_are_those_of_the_table(service: Service) -> None:
    table = {str(status): description for status, description in STATUS.values()}
    always = {"401", "500"}
    post_statuses = {"400", "401", "408", "413", "415", "422", "429", "500", "503", "504"}
    expected = {
        CLASSIFY: post_statuses,
        REPORTS: post_statuses,
        COMPARE: post_statuses,
        EVIDENCE: post_statuses,
        "/health/live": {"500"},
        "/health/ready": {"500", "503"},
    }
    for path, methods in service.openapi["paths"].items():
        if error_shape(path) is not OWN:
            continue
        for operation in methods.values():
            failures = {k: v for k, v in operation["responses"].items() if k != "200"}
            assert set(failures) == expected.get(path, always), path
            for status, documented in failures.items():
                assert documented["description"] == table[status]
                schema = documented["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorBody"}


MODEL, VERSION = "/v2/models/{model}", "/v2/models/{model}/versions/{version}"
OIP_POST = {"400", "404", "408", "413", "415", "429", "500", "503", "504"}
STUDIO = "/integrations/label-studio"


def test_documented_failures_of_other_servers_contracts(service: Service) -> None:
    post_statuses = {"400", "408", "413", "415", "422", "429", "503", "504"}
    expected = {
        "/": {*post_statuses, "500"},
        "/predict": {*post_statuses, "424"},
        "/health": {"424", "503"},
        "/info": {"424"},
        "/v2": {"500"},
        "/v2/health/live": {"500"},
        "/v2/health/ready": {"500", "503"},
        MODEL: {"404", "500"},
        f"{MODEL}/ready": {"404", "500", "503"},
        f"{MODEL}/infer": OIP_POST,
        VERSION: {"404", "500", "501"},
        f"{VERSION}/ready": {"404", "500", "501", "503"},
        f"{VERSION}/infer": {*OIP_POST, "501"},
        f"{STUDIO}/predict": {*post_statuses, "500"},
        f"{STUDIO}/setup": {"400", "413", "415", "422", "500"},
        f"{STUDIO}/health": {"500", "503"},
        f"{STUDIO}/webhook": {"500"},
    }
    paths = service.openapi["paths"]
    assert {path for path in paths if error_shape(path) is not OWN} == set(expected)
    for path, statuses in expected.items():
        (operation,) = (
            operation
            for method, operation in paths[path].items()
            if (path, method) != ("/", "get")  # the page, which is ours
        )
        failures = {k: v for k, v in operation["responses"].items() if not k.startswith("2")}
        keyed = set() if path.endswith(("/health", "/live", "/health/ready")) else {"401"}
        assert set(failures) == statuses | keyed, path
        body = error_shape(path).body.__name__
        for documented in failures.values():
            schema = documented["content"]["application/json"]["schema"]
            assert schema == {"$ref": f"#/components/schemas/{body}"}
            assert documented["description"]


def test_documented_request_schema_accepts_and_refuses_like_the_service(service: Service) -> None:
    schema = service.openapi["components"]["schemas"]["ClassifyRequest"]
    validator = service.validator(schema)
    for body, status in (
        ({"sentences": ["a", {"text": "b", "id": None, "heading_path": ["c"]}]}, 200),
        ({"sentences": ["a"], "threshold": None}, 200),
        ({"sentences": []}, 422),
        ({"sentences": ["a"], "threshold": 2}, 422),
        ({"sentences": ["a"], "threshold": "0.5"}, 422),
        ({"sentences": [{"text": "a", "other": 1}]}, 422),
        ({"sentences": [{"id": "a"}]}, 422),
    ):
        assert service.client.post(CLASSIFY, json=body).status_code == status
        assert validator.is_valid(body) == (status == 200), body


TEXT = st.text(st.characters(exclude_categories=()), max_size=60)  # surrogate halves too
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
SENTENCE = TEXT | st.fixed_dictionaries(
    {"text": TEXT}, optional={"id": TEXT | st.none(), "heading_path": st.lists(TEXT, max_size=3)}
)
CLASSIFY_BODY = st.fixed_dictionaries(
    {"sentences": st.lists(SENTENCE | ANY_JSON, max_size=5)},
    optional={"threshold": st.floats() | st.none()},
)
REPORT_BODY = st.fixed_dictionaries({"text": TEXT}, optional={"name": TEXT, "other": ANY_JSON})


@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    path=st.sampled_from([CLASSIFY, REPORTS]),
    body=CLASSIFY_BODY | REPORT_BODY | ANY_JSON,
    media_type=st.sampled_from(["application/json"] * 9 + ["text/plain"]),
    cut=st.sampled_from([None] * 9 + [-1]),
)
def test_whatever_is_posted_gets_a_documented_answer(
    small: Service, path: str, body: Any, media_type: str, cut: int | None
) -> None:
    response = small.client.post(
        path, content=json.dumps(body)[:cut], headers={"Content-Type": media_type}
    )
    assert response.status_code in {200, 400, 413, 415, 422}
    if response.status_code == 200:
        small.answer(response)
    else:
        error(small, response, response.status_code)


NAMED = st.sampled_from(["text", "heading_path", "labels", "x"])
TENSOR = st.fixed_dictionaries(
    {
        "name": NAMED,
        "shape": st.lists(st.integers(-1, 3), max_size=3) | ANY_JSON,
        "datatype": st.sampled_from(["BYTES", "FP32"]),
        "data": st.lists(TEXT | st.lists(TEXT, max_size=2), max_size=3) | ANY_JSON,
    }
)
XML = st.sampled_from(
    [
        '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="普法"/>'
        "</Choices></View>",
        "<View/>",
        "<",
    ]
)
FOREIGN_BODY = {
    "/": st.fixed_dictionaries(
        {"inputs": TEXT | st.lists(TEXT, max_size=4) | ANY_JSON}, optional={"parameters": ANY_JSON}
    ),
    "/predict": st.fixed_dictionaries(
        {"inputs": TEXT | st.lists(TEXT | st.lists(TEXT, max_size=3), max_size=4) | ANY_JSON},
        optional={"truncate": st.booleans(), "raw_scores": ANY_JSON},
    ),
    "/v2/models/tiny/infer": st.fixed_dictionaries(
        {"inputs": st.lists(TENSOR, max_size=3) | ANY_JSON},
        optional={"id": TEXT, "outputs": st.lists(st.fixed_dictionaries({"name": NAMED}))},
    ),
    f"{STUDIO}/predict": st.fixed_dictionaries(
        {
            "tasks": st.lists(
                st.fixed_dictionaries({"data": st.fixed_dictionaries({"text": TEXT})})
            )
            | ANY_JSON,
            "label_config": XML | TEXT,
        }
    ),
    f"{STUDIO}/setup": st.fixed_dictionaries({"schema": XML | ANY_JSON}),
}


@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    request=st.sampled_from(sorted(FOREIGN_BODY)).flatmap(
        lambda path: st.tuples(st.just(path), FOREIGN_BODY[path] | ANY_JSON)
    ),
    binary=st.sampled_from([None] * 4 + ["10", "1000", "x"]),
    cut=st.sampled_from([None] * 9 + [-1]),
)
def test_whatever_is_posted_to_other_contracts_gets_their_answer(
    small: Service, request: tuple[str, Any], binary: str | None, cut: int | None
) -> None:
    path, body = request
    headers = JSON if binary is None else {**JSON, "Inference-Header-Content-Length": binary}
    response = small.client.post(path, content=json.dumps(body)[:cut], headers=headers)
    assert response.status_code in {200, 400, 413, 422}
    answer = small.answer(response, response.status_code)
    assert response.status_code == 200 or isinstance(answer["error"], str)
