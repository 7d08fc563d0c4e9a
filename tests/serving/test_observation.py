"""What is seen of a request: its id, its timings, and one line in the log without its text."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.serving.command import SECRET, measured, serving
from tests.serving.service import Service, wait_until

CLASSIFY = "/v1/classify"
BODY = {"sentences": ["全年办理行政复议案件42件。", "压减申报材料61份。"]}
REPORT = {"text": "一、工作情况\n（一）深化“放管服”改革。压减申报材料61份。"}
PARTS = ("queue", "tokenisation", "inference", "total")
ROUNDING = 0.02  # milliseconds


def timings(answer: httpx.Response) -> dict[str, float]:
    """Milliseconds by name."""
    entries = answer.headers["server-timing"].split(", ")
    return {name: float(value) for name, value in (e.split(";dur=") for e in entries)}


@pytest.mark.parametrize(
    "request_id",
    ["a", "0af7651916cd43dd8448eb211c80319c", "A-Z_az.0:9/+=", "x" * 128],
    ids=lambda value: value[:20],
)
def test_request_id_comes_back(client: httpx.Client, request_id: str) -> None:
    for answer in (
        client.post(CLASSIFY, json=BODY, headers={"X-Request-ID": request_id}),
        client.get("/nothing", headers={"x-request-id": request_id}),
    ):
        assert answer.headers.get_list("x-request-id") == [request_id]


@pytest.mark.parametrize(
    "request_id",
    [None, "", "a b", "x" * 129, 'a"b', "{}", "a,b", "<script>", b"\xe6\xb3\x95", "a\tb", "%0a"],
    ids=repr,
)
def test_missing_or_unfit_request_id_is_replaced(
    client: httpx.Client, request_id: str | bytes | None
) -> None:
    headers = {} if request_id is None else {"X-Request-ID": request_id}
    answers = [client.get("/health/live", headers=headers) for _ in range(2)]
    made = {answer.headers["x-request-id"] for answer in answers}
    assert len(made) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", value) for value in made)


def test_every_kind_of_answer_has_id_and_timings(start: Callable[..., Service]) -> None:
    client = start(api_keys="a-key", max_body_bytes=1_000).client
    key = {"X-API-Key": "a-key"}
    for answer, status in (
        (client.get("/health/live"), 200),
        (client.post(CLASSIFY, json=BODY), 401),
        (client.get("/nothing", headers=key), 404),
        (client.get(CLASSIFY, headers=key), 405),
        (client.post(CLASSIFY, json={"sentences": ["a" * 1_000]}, headers=key), 413),
        (client.post(CLASSIFY, content=b"", headers=key), 415),
        (client.post(CLASSIFY, json={}, headers=key), 422),
        (client.post("/predict", json={}, headers=key), 422),
    ):
        assert answer.status_code == status
        assert answer.headers["x-request-id"]
        assert tuple(timings(answer)) == PARTS


def test_fault_has_an_id_and_tells_nothing_else(
    start: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start()

    def fail(*_: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(service.classifier, "infer", fail)
    answer = service.client.post(CLASSIFY, json=BODY, headers={"X-Request-ID": "mine"})
    assert service.answer(answer, 500)["error"]["type"] == "internal"
    assert answer.headers["x-request-id"] == "mine" and SECRET not in answer.text
    assert measured(service.client, "fazhi_requests_total", status="500") == 1
    assert measured(service.client, "fazhi_queue_requests") == 0
    monkeypatch.undo()
    assert service.post(CLASSIFY, BODY).status_code == 200


def test_route_of_an_absolute_target_is_the_same(start: Callable[..., Service]) -> None:
    service = start()
    with socket.create_connection(service.address, timeout=30) as connection:
        connection.sendall(
            b"GET http://a/v2/models/tiny HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 200 ")
    assert measured(service.client, "fazhi_requests_total", route="/v2/models/{model}") == 1


def test_timings_are_parts_of_their_total(client: httpx.Client) -> None:
    for path, body in ((CLASSIFY, BODY), ("/v1/reports", REPORT), ("/predict", {"inputs": "a"})):
        started = time.perf_counter()
        answer = client.post(path, json=body)
        elapsed = 1000 * (time.perf_counter() - started)
        assert answer.status_code == 200
        found = timings(answer)
        assert tuple(found) == PARTS
        assert all(milliseconds >= 0 for milliseconds in found.values())
        assert found["inference"] > 0 and found["tokenisation"] > 0
        parts = found["queue"] + found["tokenisation"] + found["inference"]
        assert parts <= found["total"] + 3 * ROUNDING
        assert found["total"] <= elapsed + ROUNDING
    assert timings(client.get("/health/live"))["inference"] == 0


def test_waiting_is_told_from_working(
    start: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start()
    infer = service.classifier.infer
    seconds = 0.3

    def slow(*arguments: Any) -> Any:
        time.sleep(seconds)
        return infer(*arguments)

    monkeypatch.setattr(service.classifier, "infer", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(service.post, CLASSIFY, {"sentences": ["压减申报材料61份。"]})
        wait_until(lambda: service.app.state.inference._loaded.batcher._busy_lanes == 1)
        waiting = timings(service.post(CLASSIFY, {"sentences": ["办理行政复议案件42件。"]}))
        lone = timings(first.result())
    least = 1000 * seconds - 1  # a sleep may be a clock's tick short
    assert lone["inference"] >= least and waiting["inference"] >= least
    assert waiting["total"] >= waiting["queue"] + waiting["inference"] - 2 * ROUNDING
    assert waiting["queue"] > lone["queue"]


def test_log_has_a_line_of_json_for_each_request_and_none_of_its_text(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    arguments = ("--port", 0, "--model", tiny_artifact)
    started = datetime.now(UTC)
    with serving(tmp_path, *arguments, FAZHI_LOG_LEVEL="info") as service:
        with service.client() as client:
            for method, path, body, status in (
                (
                    "POST",
                    CLASSIFY,
                    {"sentences": [{"text": SECRET, "heading_path": [SECRET]}]},
                    200,
                ),
                ("POST", "/v1/reports", {"text": SECRET, "name": SECRET}, 200),
                ("POST", "/predict", {"inputs": SECRET}, 200),
                ("POST", CLASSIFY, {"sentences": [SECRET], SECRET: 1}, 422),
                ("POST", "/integrations/label-studio/predict", {"label_config": SECRET}, 422),
                ("GET", f"/v2/models/{quote(SECRET)}/ready", None, 404),
                ("GET", f"/{quote(SECRET)}?q={quote(SECRET)}", None, 404),
                ("DELETE", CLASSIFY, None, 405),
            ):
                headers = {"X-Request-ID": f"{method}:{path[:10]}:{status}"} if body else {}
                answer = client.request(method, path, json=body, headers=headers)
                assert answer.status_code == status, answer.text
        wait_until(lambda: service.log.count("\n") >= 8)
        service.process.terminate()
        assert service.process.wait(timeout=60) == 0
        log = service.log
    lines = [json.loads(line) for line in log.splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", CLASSIFY, 200),
        ("POST", "/v1/reports", 200),
        ("POST", "/predict", 200),
        ("POST", CLASSIFY, 422),
        ("POST", "/integrations/label-studio/predict", 422),
        ("GET", "/v2/models/{model}/ready", 404),
        ("GET", "none", 404),
        ("DELETE", CLASSIFY, 405),
    ]
    for line in lines:
        assert (line["level"], line["logger"], line["message"]) == (
            "info",
            "fazhi.access",
            "request",
        )
        assert started.replace(microsecond=0) <= datetime.fromisoformat(line["time"])
        assert {f"{part}_ms" for part in PARTS} < set(line)
    assert lines[0]["id"] == "POST:/v1/classi:200" and lines[0]["total_ms"] > 0
    for form in (SECRET, json.dumps(SECRET)[1:-1], quote(SECRET)):
        assert form not in log


def test_by_default_requests_arent_logged(tiny_artifact: Path, tmp_path: Path) -> None:
    with serving(tmp_path, "--port", 0, "--model", tiny_artifact) as service:
        with service.client() as client:
            assert client.post(CLASSIFY, json=BODY).status_code == 200
            assert client.post(CLASSIFY, json={}).status_code == 422
            assert client.get("/nothing").status_code == 404
        service.process.terminate()
        assert service.process.wait(timeout=60) == 0
        assert service.log == ""
