"""`fazhi.client` against a real service, and against a server that misbehaves as it is told."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazhi import Record, Sentence, Taxonomy, parse_report, tag_report
from fazhi.client import AsyncClient, Client, Limits, SentenceResult, ServiceError
from fazhi.client.sentences import bodies, encode_sentences
from fazhi.errors import FazhiError, InputError
from serving.settings import Settings
from tests.fazhi.clients import (
    Server,
    answer,
    closed_port,
    hang_up,
    refusal,
    write,
)
from tests.serving.service import Service, running

PENALTY, TRAINING = "全年办理行政处罚案件17件。", "组织执法人员培训4次。"
REPORT = "一、工作情况\n（一）规范执法。全年办理行政处罚案件17件。组织执法人员培训4次。"
LIMITS = dict.fromkeys(
    (
        "max_sentence_characters",
        "max_report_characters",
        "max_units",
        "max_reports",
        "max_length_tokens",
    ),
    1_000,
) | {"max_body_bytes": 100_000, "max_sentences": 2}
MODEL = {"name": "m", "version": "1", "taxonomy_version": 1, "limits": LIMITS}
MODEL |= {"thresholds": {}, "calibration": {}, "fallback_threshold": 1.0}
MODEL |= {"role_temperature": 1.0}
MODEL |= {"provenance": {}, "metrics": {}}


@pytest.fixture(scope="module")
def service(tiny_artifact: Path) -> Iterator[Service]:
    limits = {"max_sentences": 3, "max_body_bytes": 2_000, "max_sentence_characters": 100}
    with running(Settings(model=tiny_artifact, threads=1, **limits)) as service:
        yield service


@pytest.fixture
def client(service: Service, connect: Callable[..., Any]) -> Any:
    host, port = service.address
    return connect(f"http://{host}:{port}")


def result(id_: str | None = None) -> dict[str, Any]:
    return {
        "id": id_,
        "labels": [{"id": "a", "name": "甲", "group": "g", "score": 0.9}],
        "role": {"id": "plan", "name": "下步计划", "score": 0.8},
        "scores": {"a": 0.9, "b": 0.1},
        "n_tokens": 5,
        "truncated": False,
        "field_of_a_newer_service": 1,
    }


def results(number: int) -> tuple[int, dict[str, str], Any]:
    body = {"model": {"name": "m", "version": "1"}, "results": [result()] * number}
    return 200, {}, body


# The real service


def test_sentences_of_every_form_are_tagged_in_order(client: Any, service: Service) -> None:
    path = ("一、工作情况", "（一）规范执法")
    sentences = [
        PENALTY,
        Sentence(TRAINING, path),
        Record("r-1", TRAINING, heading_path=path),
        {"id": "m", "text": PENALTY},
    ]
    expected = service.classifier.predict(
        [Sentence(PENALTY), Sentence(TRAINING, path), Sentence(TRAINING, path), Sentence(PENALTY)]
    )
    got = client.classify(iter(sentences))
    assert [r.id for r in got] == [None, None, "r-1", "m"]
    for a, b in zip(got, expected, strict=True):
        assert tuple(label.id for label in a.labels) == b.labels
        assert a.role.id == b.role
        assert a.role.score == pytest.approx(b.role_scores[b.role], abs=1e-3)
        assert a.scores == pytest.approx(b.scores, abs=1e-3)
        assert (a.n_tokens, a.truncated, a.model) == (b.n_tokens, b.truncated, "tiny@1.2.3")


def test_more_sentences_than_the_limit_come_back_in_order(client: Any) -> None:
    sentences = [{"id": str(n), "text": PENALTY * (n % 5 + 1)} for n in range(20)]
    assert [r.id for r in client.classify(sentences)] == [s["id"] for s in sentences]


def test_threshold_is_the_callers(client: Any, taxonomy: Taxonomy) -> None:
    (everything,) = client.classify([PENALTY], threshold=0.0)
    assert {label.id for label in everything.labels} == set(taxonomy.label_ids)
    assert everything.labels[0].score == max(everything.scores.values())
    assert not client.classify([PENALTY, TRAINING], threshold=1.0)[1].labels


def test_no_sentences_need_no_request(connect: Callable[..., Any]) -> None:
    assert connect(f"http://127.0.0.1:{closed_port()}").classify([]) == []


def test_report_gives_the_rows_of_the_command_line(client: Any, service: Service) -> None:
    report = client.report(REPORT, name="r")
    expected = tag_report(parse_report(REPORT), "r", service.classifier)
    got = [unit.to_json() for unit in report.units]
    for a, b in zip(got, (unit.to_json("tiny@1.2.3") for unit in expected), strict=True):
        for scores in ("scores", "role_scores"):
            assert a.pop(scores) == pytest.approx(b.pop(scores), abs=1e-3)
        assert a == b
    assert sum(topic.units for topic in report.coverage.values()) == sum(
        len(unit.labels) for unit in report.units if unit.kind == "body"
    )
    assert report.to_json()["units"][0]["id"] == "r-001"
    assert json.loads(json.dumps(report.to_json())) == report.to_json()


def test_taxonomy_is_that_of_the_model(client: Any, taxonomy: Taxonomy) -> None:
    assert client.taxonomy() == taxonomy


def test_model_gives_facts_and_limits(client: Any, service: Service) -> None:
    model = client.model()
    assert (model.name, model.version, model.limits.max_sentences) == ("tiny", "1.2.3", 3)
    assert model.to_json() == service.client.get("/v1/model").json()


def test_rows_of_results_are_plain(client: Any) -> None:
    (row,) = [r.to_json() for r in client.classify([{"id": "a", "text": PENALTY}])]
    assert json.loads(json.dumps(row)) == row
    assert isinstance(row["role"], str) and all(isinstance(x, str) for x in row["labels"])


@pytest.mark.parametrize(
    ("bad", "status", "type_"),
    [(" ", 422, "invalid"), ("句" * 101, 413, "too_large"), ("句" * 2_000, 413, "too_large")],
    ids=["blank", "long", "longer than a body"],
)
def test_a_refused_sentence_is_named_by_its_place_in_the_call(
    client: Any, bad: str, status: int, type_: str
) -> None:
    with pytest.raises(ServiceError) as caught:
        client.classify([PENALTY] * 7 + [bad] + [PENALTY] * 4)
    error = caught.value
    assert (error.status, error.type) == (status, type_)
    if len(bad) < 500:
        assert error.param == "sentences[7]"
    if status == 422:
        assert error.message.startswith("sentences[7]: ")
    assert client.waits.pauses == []


def test_is_ready_while_it_is(tiny_artifact: Path, connect: Callable[..., Any]) -> None:
    with running(Settings(model=tiny_artifact, threads=1)) as service:
        client = connect("http://{}:{}".format(*service.address))
        assert client.is_ready() is True
        service.app.state.inference.close()
        assert client.is_ready() is False
    assert client.is_ready() is False
    assert client.waits.pauses == []


# What is sent


def test_key_deadline_and_prefix_are_sent(server: Server, connect: Callable[..., Any]) -> None:
    server.script = [results(1)]
    client = connect(f"{server.url}/prefix/", api_key="secret", timeout_seconds=10)
    client.classify([PENALTY], threshold=0.25)
    ((method, path, headers, body),) = server.requests
    assert (method, path) == ("POST", "/prefix/v1/classify")
    assert headers["authorization"] == "Bearer secret"
    assert headers["content-type"] == "application/json"
    assert headers["x-request-timeout-ms"] == "9000"
    assert json.loads(body) == {"sentences": [PENALTY], "threshold": 0.25}


def test_limits_are_asked_for_once_and_only_when_they_matter(
    server: Server, connect: Callable[..., Any]
) -> None:
    client = connect(server.url)
    server.script = [results(1), (200, {}, MODEL), results(2), results(1)]
    client.classify([PENALTY])
    assert len(client.classify([PENALTY] * 2)) == 2
    client.classify([PENALTY])
    assert [path for _, path, _, _ in server.requests] == [
        "/v1/classify",
        "/v1/model",
        "/v1/classify",
        "/v1/classify",
    ]


def test_limits_are_asked_for_again_after_they_were_wrong(
    server: Server, connect: Callable[..., Any]
) -> None:
    client = connect(server.url)
    server.script = [(200, {}, MODEL), refusal(413), (200, {}, MODEL), results(2)]
    with pytest.raises(ServiceError):
        client.classify([PENALTY] * 2)
    assert len(client.classify([PENALTY] * 2)) == 2


def test_requests_of_one_call_are_concurrent_within_a_bound(server: Server) -> None:
    together = threading.Barrier(4, timeout=30)
    lock, under_way, most = threading.Lock(), 0, 0

    def work(handler: BaseHTTPRequestHandler) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        together.wait()
        with lock:
            under_way -= 1
        answer(handler, *results(2))

    async def classify() -> list[SentenceResult]:
        async with AsyncClient(server.url) as client:
            return await client.classify([PENALTY] * 24)

    server.script = [(200, {}, MODEL), work]
    assert len(asyncio.run(classify())) == 24
    assert most == 4


def test_the_first_error_ends_the_other_requests(server: Server) -> None:
    def hang(_: BaseHTTPRequestHandler) -> None:
        server.is_over.wait(30)

    async def classify() -> None:
        async with AsyncClient(server.url) as client:
            await client.classify([PENALTY] * 40)

    server.script = [(200, {}, MODEL), hang, hang, refusal(422), hang]
    with pytest.raises(ServiceError, match="some_type"):
        asyncio.run(classify())
    assert len(server.requests) <= 6  # of 21


@given(st.lists(st.text(max_size=60), max_size=20), st.integers(1, 5), st.integers(1, 400))
def test_bodies_hold_every_sentence_once_and_keep_to_the_limits(
    texts: list[str], max_sentences: int, max_body_bytes: int
) -> None:
    limits = Limits(max_body_bytes, max_sentences, 1, 1, 1, 1, 1)
    seen: list[str] = []
    for positions, body in bodies(encode_sentences(texts), 0.5, limits):
        read = json.loads(body)
        assert read["threshold"] == 0.5
        assert len(read["sentences"]) == len(positions) <= max_sentences
        assert positions.start == len(seen)
        assert len(body) <= max_body_bytes or len(positions) == 1
        seen += read["sentences"]
    assert seen == texts


# Retries


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(server: Server, connect: Callable[..., Any], status: int) -> None:
    server.script = [refusal(status, Retry_After="2"), refusal(status, Retry_After="7"), results(1)]
    client = connect(server.url)
    assert len(client.classify([PENALTY])) == 1
    first, second = client.waits.pauses
    assert 2 <= first <= 2.25 and 7 <= second <= 7.5


def test_pauses_grow_and_are_bounded(server: Server, connect: Callable[..., Any]) -> None:
    server.script = [refusal(503)] * 40 + [results(1)]
    client = connect(server.url, retry_seconds=1_000)
    client.classify([PENALTY])
    pauses = client.waits.pauses
    assert len(pauses) == 40 == len(set(pauses))
    assert all(pause <= min(0.25 * 2**n, 8) for n, pause in enumerate(pauses))
    assert max(pauses) > 4


@pytest.mark.parametrize("given", ["soon", "-5", "nan", "inf", "9" * 400, "", "1e9"])
def test_retry_after_that_is_no_number_of_seconds_counts_as_none(
    server: Server, connect: Callable[..., Any], given: str
) -> None:
    server.script = [refusal(429, Retry_After=given), results(1)]
    client = connect(server.url)
    client.classify([PENALTY])
    (pause,) = client.waits.pauses
    assert 0 <= pause <= 0.25


def test_no_attempt_starts_after_the_total_time(
    server: Server, connect: Callable[..., Any]
) -> None:
    server.script = [refusal(429, "overloaded", Retry_After="5")]
    client = connect(server.url, retry_seconds=12)
    with pytest.raises(ServiceError) as caught:
        client.classify([PENALTY])
    assert (caught.value.status, caught.value.type) == (429, "overloaded")
    assert str(caught.value) == "429 overloaded: Not now."
    assert len(server.requests) == 3 and client.waits.now <= 12


@pytest.mark.parametrize("options", [{"retry_seconds": 0}, {}])
def test_a_wait_that_would_be_too_long_is_not_begun(
    server: Server, connect: Callable[..., Any], options: dict[str, float]
) -> None:
    server.script = [refusal(429, Retry_After="3600")]
    client = connect(server.url, **options)
    with pytest.raises(ServiceError):
        client.classify([PENALTY])
    assert client.waits.pauses == [] and len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 413, 415, 422, 500, 502, 504])
def test_other_errors_are_final(server: Server, connect: Callable[..., Any], status: int) -> None:
    server.script = [refusal(status, param="text", Retry_After="1")]
    client = connect(server.url)
    with pytest.raises(ServiceError) as caught:
        client.report(REPORT)
    error = caught.value
    assert (error.status, error.type, error.message, error.param) == (
        status,
        "some_type",
        "Not now.",
        "text",
    )
    assert client.waits.pauses == [] and len(server.requests) == 1


@pytest.mark.parametrize(
    "broken",
    [hang_up, write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), write(b"\0\1\r\n\r\n")],
    ids=["no answer", "half an answer", "no HTTP"],
)
def test_broken_connections_are_tried_again(
    server: Server, connect: Callable[..., Any], broken: Callable[..., None]
) -> None:
    server.script = [broken, broken, results(1)]
    client = connect(server.url)
    assert len(client.classify([PENALTY])) == 1
    assert len(client.waits.pauses) == 2


def test_nobody_there_is_an_error_that_names_the_address(connect: Callable[..., Any]) -> None:
    address = f"127.0.0.1:{closed_port()}"
    client = connect(f"http://somebody:secret@{address}")
    with pytest.raises(ServiceError) as caught:
        client.model()
    error = caught.value
    assert (error.status, error.type) == (None, "connection")
    assert f"GET http://{address}/v1/model: " in str(error)
    assert "secret" not in str(error) and "\n" not in str(error)
    assert 0 < client.waits.now <= 30 and len(client.waits.pauses) > 3


def test_an_answer_that_does_not_come_in_time_is_final(
    server: Server, connect: Callable[..., Any]
) -> None:
    server.script = [lambda _: server.is_over.wait(30)]
    client = connect(server.url, timeout_seconds=0.2)
    with pytest.raises(ServiceError, match="raise timeout_seconds") as caught:
        client.classify([PENALTY])
    assert (caught.value.status, caught.value.type) == (None, "timeout")
    assert client.waits.pauses == [] and len(server.requests) == 1
    assert client.is_ready() is False


# Answers of something else


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {}, b"<html>hello</html>"),
        (200, {}, b""),
        (200, {}, b"\xff\xfe\xff"),
        (200, {}, b"[" * 100_000),
        (200, {}, b"null"),
        (200, {}, []),
        (200, {}, {}),
        (200, {}, {"model": {"name": "m", "version": "1"}, "results": None}),
        (200, {}, {"model": {"name": "m", "version": "1"}, "results": [5]}),
        (200, {}, {"model": {"name": "m", "version": "1"}, "results": [{"id": None}]}),
        results(0),
        results(2),
        (204, {}, b""),
        (307, {"Location": "/elsewhere"}, b""),
        (404, {}, b"<html>\n</html>"),
        (404, {}, {"error": "model not found"}),
        (422, {}, {"detail": [{"msg": "field required"}]}),
        (500, {}, {"error": {"type": 5, "message": None}}),
        (502, {}, b"Bad Gateway"),
    ],
)
def test_what_is_no_answer_of_the_service_is_called_so(
    server: Server, connect: Callable[..., Any], status: int, headers: dict[str, str], body: Any
) -> None:
    server.script = [(status, headers, body)]
    client = connect(server.url)
    with pytest.raises(ServiceError) as caught:
        client.classify([PENALTY])
    assert (caught.value.status, caught.value.type) == (status, "unreadable")
    assert server.url in str(caught.value) and "\n" not in str(caught.value)
    assert len(server.requests) == 1


def test_content_that_cannot_be_decoded_is_no_answer(
    server: Server, connect: Callable[..., Any]
) -> None:
    server.script = [(200, {"Content-Encoding": "gzip"}, b"not gzip")]
    with pytest.raises(ServiceError) as caught:
        connect(server.url).report(REPORT)
    assert caught.value.type == "unreadable"


@pytest.mark.parametrize("call", ["taxonomy", "model", "is_ready"])
@pytest.mark.parametrize("body", [b"hello", [], {}, {"limits": LIMITS | {"max_sentences": "9"}}])
def test_other_calls_do_not_believe_everything_either(
    server: Server, connect: Callable[..., Any], call: str, body: Any
) -> None:
    server.script = [(200, {}, body)]
    with pytest.raises(ServiceError, match="unreadable"):
        getattr(connect(server.url), call)()


def test_readiness_that_is_refused_is_an_error(server: Server, connect: Callable[..., Any]) -> None:
    server.script = [refusal(401, "unauthorized")]
    with pytest.raises(ServiceError, match="unauthorized"):
        connect(server.url).is_ready()


# Arguments


@pytest.mark.parametrize(
    ("sentences", "place"),
    [
        (PENALTY, "sentences: "),
        ({"text": PENALTY}, "sentences: "),
        ([PENALTY, 5], "sentences[1]: int is neither"),
        ([None], "sentences[0]: NoneType is neither"),
        (["\ud800"], "sentences[0]: can't be sent"),
        ([{"text": object()}], "sentences[0]: can't be sent"),
    ],
)
def test_what_is_no_sentence_is_named(
    connect: Callable[..., Any], sentences: Any, place: str
) -> None:
    with pytest.raises(InputError) as caught:
        connect("http://127.0.0.1:1").classify(sentences)
    assert str(caught.value).startswith(place)


def test_other_arguments_that_cannot_be_sent_are_named(connect: Callable[..., Any]) -> None:
    client = connect("http://127.0.0.1:1")
    with pytest.raises(InputError, match="^threshold: "):
        client.classify([PENALTY], threshold=object())
    with pytest.raises(InputError, match="^report: "):
        client.report("\udc00")


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"url": "127.0.0.1:8000"}, "url"),
        ({"url": "localhost:8000"}, "url"),
        ({"url": "ftp://localhost"}, "url"),
        ({"url": "http://"}, "url"),
        ({"url": "http://a:b"}, "url"),
        ({"url": None}, "url"),
        ({"api_key": ""}, "api_key"),
        ({"api_key": "secret\n"}, "api_key"),
        ({"api_key": "密钥"}, "api_key"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"timeout_seconds": float("nan")}, "timeout_seconds"),
        ({"retry_seconds": -1}, "retry_seconds"),
    ],
)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_arguments_of_a_client_are_checked(
    kind: type[Client] | type[AsyncClient], options: dict[str, Any], name: str
) -> None:
    with pytest.raises(InputError, match=f"^{name}: ") as caught:
        kind(**{"url": "http://127.0.0.1:8000", **options})
    assert "secret" not in str(caught.value)


def test_error_survives_another_process() -> None:
    error = ServiceError(422, "invalid", "sentences[1]: must not be empty.", "sentences[1]")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, FazhiError)
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_without_httpx_one_line_says_what_to_install() -> None:
    code = "import sys; sys.modules['httpx'] = None; import fazhi.client"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith("pip install 'fazhi[client]'")
