"""More work than there is time or room for: deadlines, a full queue, clients that go, fair turns."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fazhi.encoding import Sentence
from tests.serving.command import measured
from tests.serving.model import Model
from tests.serving.service import Service, wait_until

CLASSIFY, HEADER = "/v1/classify", "X-Request-Timeout-Ms"
NUMBERS = [  # of characters that the tiny vocabulary has: others look the same to the model
    "".join("零一二三四五六七八九"[int(digit)] for digit in str(number)) for number in range(400)
]
SENTENCES = [f"第{number}项：全年办理行政复议案件若干件。" for number in NUMBERS[:200]]
OTHER = {"sentences": ["压减申报材料61份。"]}
JSON = {"Content-Type": "application/json"}
REPORT = "".join(f"整改问题{number}个，办结事项若干件。\n" for number in NUMBERS)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def count(service: Service, name: str, **labels: str) -> float:
    return measured(service.client, f"fazhi_{name}", **labels)


def assert_queue_is_empty(service: Service) -> None:
    wait_until(lambda: count(service, "queue_tokens") == 0)
    wait_until(lambda: count(service, "queue_requests") == 0)


def assert_overloaded(service: Service, body: Any) -> None:
    answer = service.post(CLASSIFY, body)
    error = service.answer(answer, 429)["error"]
    assert error["type"] == "overloaded"
    assert answer.headers["retry-after"].isdigit()
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["retry-after"] in error["message"]


def test_past_its_deadline_a_request_is_504_and_its_work_dropped(
    start: Callable[..., Service], put_before: Callable[[Service], Model]
) -> None:
    service = start()
    model = put_before(service)
    body = {"sentences": SENTENCES}
    with model.held():
        started = time.monotonic()
        answer = service.client.post(CLASSIFY, json=body, headers={HEADER: "400"})
        assert 0.4 <= time.monotonic() - started < 20
        error = service.answer(answer, 504)["error"]
        assert error["type"] == "timeout" and "400 ms" in error["message"]
        assert model.batches, "it was begun"
        assert_queue_is_empty(service)
    assert service.post(CLASSIFY, OTHER).status_code == 200
    computed = sum(map(len, model.batches))
    assert computed < len(SENTENCES) / 2, "what waited was never computed"
    assert count(service, "sentences_total") == 1
    assert count(service, "rejected_total", reason="timeout") == 1


def test_deadline_comes_from_the_settings_unless_a_request_names_one(
    start: Callable[..., Service],
    put_before: Callable[[Service], Model],
    pool: ThreadPoolExecutor,
) -> None:
    service = start(request_timeout_ms=300)
    model = put_before(service)
    with model.held():
        patient = pool.submit(service.client.post, CLASSIFY, json=OTHER, headers={HEADER: "60000"})
        wait_until(lambda: bool(model.batches))
        answer = service.post(CLASSIFY, {"sentences": SENTENCES[:1]})
        assert "300 ms" in service.answer(answer, 504)["error"]["message"]
        assert not patient.done()
    assert patient.result().status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/reports", {"text": REPORT}),
        ("/", {"inputs": "压减申报材料61份。"}),
        ("/predict", {"inputs": "压减申报材料61份。"}),
        (
            "/v2/models/tiny/infer",
            {
                "inputs": [
                    {"name": "text", "shape": [1], "datatype": "BYTES", "data": ["压减材料。"]}
                ]
            },
        ),
        ("/v1/compare", {"reports": [{"text": REPORT}]}),
        ("/v1/evidence", {"sentence": "压减申报材料61份。"}),
        (
            "/integrations/label-studio/predict",
            {
                "tasks": [{"id": 1, "data": {"text": "压减申报材料61份。"}}],
                "label_config": '<View><Text name="t" value="$text"/>'
                '<Choices name="c" toName="t"><Choice value="problem"/></Choices></View>',
            },
        ),
    ],
)
def test_deadlines_hold_on_every_path(
    start: Callable[..., Service],
    put_before: Callable[[Service], Model],
    path: str,
    body: Any,
) -> None:
    service = start()
    with put_before(service).held():
        service.answer(service.client.post(path, json=body, headers={HEADER: "200"}), 504)
        assert_queue_is_empty(service)


@pytest.mark.parametrize("value", ["soon", "", "0", "-1", "1.5", "NaN", "86400001", "9" * 40])
def test_bad_deadline_is_422_and_named(service: Service, value: str) -> None:
    answer = service.client.post(CLASSIFY, json=OTHER, headers={HEADER: value})
    error = service.answer(answer, 422)["error"]
    assert (error["type"], error["param"]) == ("invalid", HEADER)


def test_full_queue_of_tokens_is_429_until_there_is_room(
    start: Callable[..., Service],
    put_before: Callable[[Service], Model],
    pool: ThreadPoolExecutor,
) -> None:
    service = start(max_queue_tokens=100)
    model = put_before(service)
    with model.held():
        running = pool.submit(service.post, CLASSIFY, OTHER)
        wait_until(lambda: bool(model.batches))
        # Larger than the queue, and taken nevertheless: else it never could be.
        large = pool.submit(service.post, CLASSIFY, {"sentences": SENTENCES[:20]})
        wait_until(lambda: count(service, "queue_tokens") > 100)
        for sentences in (SENTENCES[20:21], SENTENCES[20:40]):
            assert_overloaded(service, {"sentences": sentences})
        overloaded = service.post("/predict", {"inputs": "组织执法人员培训。"})
        assert service.answer(overloaded, 429)["error_type"] == "overloaded"
        assert int(overloaded.headers["retry-after"]) >= 1
        assert not running.done() and not large.done()
    assert running.result().status_code == large.result().status_code == 200
    assert count(service, "rejected_total", reason="overloaded") == 3
    assert_queue_is_empty(service)
    assert service.post(CLASSIFY, {"sentences": SENTENCES[20:21]}).status_code == 200


def test_too_many_requests_are_429_until_one_is_answered(
    start: Callable[..., Service],
    put_before: Callable[[Service], Model],
    pool: ThreadPoolExecutor,
) -> None:
    service = start(max_queue_requests=2)
    model = put_before(service)
    with model.held():
        bodies = [{"sentences": [sentence]} for sentence in SENTENCES[:2]]
        accepted = [pool.submit(service.post, CLASSIFY, body) for body in bodies]
        wait_until(lambda: count(service, "queue_requests") == 2)
        assert_overloaded(service, OTHER)
        assert service.client.get("/health/ready").status_code == 200
    assert [answer.result().status_code for answer in accepted] == [200, 200]
    assert_queue_is_empty(service)
    assert service.post(CLASSIFY, OTHER).status_code == 200


def test_retry_after_grows_with_the_queue(
    start: Callable[..., Service],
    put_before: Callable[[Service], Model],
    pool: ThreadPoolExecutor,
) -> None:
    service = start(max_queue_tokens=10)
    assert service.post(CLASSIFY, OTHER).status_code == 200  # so that the speed is known
    batcher = service.app.state.inference._loaded.batcher
    batcher._tokens_per_second = 100.0
    model = put_before(service)
    with model.held():
        running = pool.submit(service.post, CLASSIFY, OTHER)
        wait_until(lambda: bool(model.batches))
        waiting = pool.submit(service.post, CLASSIFY, {"sentences": SENTENCES})
        wait_until(lambda: count(service, "queue_tokens") > 10)
        seconds = count(service, "queue_tokens") / 100
        refused = service.post(CLASSIFY, {"sentences": ["组织执法人员培训。"]})
        assert seconds <= int(refused.headers["retry-after"]) <= seconds + 1
        assert seconds > 2
    assert running.result().status_code == waiting.result().status_code == 200


def test_client_that_hangs_up_has_its_work_dropped(
    start: Callable[..., Service], put_before: Callable[[Service], Model]
) -> None:
    service = start()
    model = put_before(service)
    body = json.dumps({"sentences": SENTENCES}).encode()
    head = f"POST {CLASSIFY} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    with model.held():
        with socket.create_connection(service.address, timeout=30) as connection:
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            wait_until(lambda: count(service, "queue_tokens") > 100)
        assert_queue_is_empty(service)
    assert service.post(CLASSIFY, OTHER).status_code == 200
    assert sum(map(len, model.batches)) < len(SENTENCES) / 2
    assert count(service, "requests_total", status="499") == 1
    assert count(service, "sentences_total") == 1


def test_dropped_work_that_another_wants_is_done(
    start: Callable[..., Service],
    put_before: Callable[[Service], Model],
    pool: ThreadPoolExecutor,
) -> None:
    service = start()
    model = put_before(service)
    body = {"sentences": SENTENCES[:40]}
    with model.held():
        blocking = pool.submit(service.post, CLASSIFY, OTHER)
        wait_until(lambda: bool(model.batches))
        hasty = pool.submit(service.client.post, CLASSIFY, json=body, headers={HEADER: "1500"})
        wait_until(lambda: count(service, "queue_requests") == 2)
        patient = pool.submit(service.post, CLASSIFY, body)
        assert hasty.result().status_code == 504
        wait_until(lambda: count(service, "queue_requests") == 2)
        assert not patient.done()
    assert blocking.result().status_code == 200
    results = service.answer(patient.result())["results"]
    assert len(results) == 40
    alone = service.answer(service.post(CLASSIFY, {"sentences": SENTENCES[39:40]}))["results"]
    assert results[39]["labels"] == alone[0]["labels"]


def test_sentence_sent_while_a_report_runs_comes_back_long_before_it(
    start: Callable[..., Service],
    put_before: Callable[[Service], Model],
    pool: ThreadPoolExecutor,
) -> None:
    """Counted in batches, which a busy machine doesn't change."""
    service = start(max_batch_tokens=64)
    model = put_before(service)
    with model.held():
        report = pool.submit(service.post, "/v1/reports", {"text": REPORT})
        wait_until(lambda: count(service, "queue_tokens") > 1_000)
        begun = len(model.batches)
        sentence = pool.submit(service.post, CLASSIFY, OTHER)
        wait_until(lambda: count(service, "queue_requests") == 2)
        wait_until(lambda: len(service.app.state.inference._loaded.batcher._jobs) > 400)
    assert sentence.result().status_code == 200
    assert service.answer(report.result())["units"]
    ids = tuple(service.classifier.encode([Sentence(OTHER["sentences"][0])])[0].ids)
    served = next(n for n, batch in enumerate(model.batches) if ids in batch)
    assert served - begun <= 2
    assert len(model.batches) > 50


def test_sentence_that_also_waits_in_a_report_isnt_served_at_the_reports_turn(
    start: Callable[..., Service],
    put_before: Callable[[Service], Model],
    pool: ThreadPoolExecutor,
) -> None:
    service = start(max_batch_tokens=64)
    model = put_before(service)
    last = max(SENTENCES, key=len)  # those of a request are served by their length
    with model.held():
        report = pool.submit(service.post, CLASSIFY, {"sentences": SENTENCES})
        wait_until(lambda: count(service, "queue_tokens") > 1_000)
        begun = len(model.batches)
        sentence = pool.submit(service.post, CLASSIFY, {"sentences": [last]})
        wait_until(lambda: count(service, "deduplicated_total") == 1)
    assert sentence.result().status_code == report.result().status_code == 200
    ids = tuple(service.classifier.encode([Sentence(last)])[0].ids)
    served = [n for n, batch in enumerate(model.batches) if ids in batch]
    assert len(served) == 1 and served[0] - begun <= 2


def test_reports_take_turns(
    start: Callable[..., Service],
    put_before: Callable[[Service], Model],
    pool: ThreadPoolExecutor,
) -> None:
    """The one that came second isn't served after the first, but half of the time."""
    service = start(max_batch_tokens=64)
    model = put_before(service)
    first = [f"甲{sentence}" for sentence in SENTENCES]
    second = [f"乙{sentence}" for sentence in SENTENCES]
    with model.held():
        answers = [pool.submit(service.post, CLASSIFY, {"sentences": first})]
        wait_until(lambda: count(service, "queue_tokens") > 1_000)
        before = count(service, "queue_tokens")
        answers.append(pool.submit(service.post, CLASSIFY, {"sentences": second}))
        wait_until(lambda: count(service, "queue_tokens") > 1.9 * before)
    assert [answer.result().status_code for answer in answers] == [200, 200]
    of_second = {tuple(x.ids) for x in service.classifier.encode(list(map(Sentence, second)))}
    half = [ids for batch in model.batches[: len(model.batches) // 2] for ids in batch]
    share = sum(ids in of_second for ids in half) / len(half)
    assert 0.3 < share < 0.7
