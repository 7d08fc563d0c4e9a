"""Answers as lines: progress, then what would have been the answer, or an error with its status."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from serving.events import Progress, _lines
from tests.serving.command import measured
from tests.serving.model import Model
from tests.serving.service import Service, wait_until
from tests.serving.test_deadlines import NUMBERS
from tests.serving.test_reports import REPORT

REPORTS, COMPARE = "/v1/reports", "/v1/compare"
LINES = {"Accept": "application/x-ndjson"}
LONG = "".join(f"整改问题{number}个，办结事项若干件。\n" for number in NUMBERS)


def events(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.content.endswith(b"\n")
    return [json.loads(line) for line in response.content.splitlines()]


def opened(service: Service, path: str = REPORTS, **headers: str) -> Any:
    body = {"text": LONG} if path == REPORTS else {"reports": [{"text": LONG}]}
    return service.client.stream("POST", path, json=body, headers=LINES | headers)


def read(lines: Iterator[str]) -> dict[str, Any]:
    return json.loads(next(lines))


def test_lines_end_with_the_answer(service: Service) -> None:
    body = {"text": REPORT, "name": "a"}
    *progress, last = events(service.client.post(REPORTS, json=body, headers=LINES))
    assert last.pop("event") == "result"
    assert last == service.answer(service.client.post(REPORTS, json=body))
    sentences = [unit for unit in last["units"] if unit["kind"] != "meta"]
    assert {(event["event"], event["stage"]) for event in progress} == {("progress", "tagging")}
    assert {event["total"] for event in progress} == {len(sentences)}
    done = [event["done"] for event in progress]
    assert done == sorted(set(done)) and done[-1] <= len(sentences)


def test_progress_comes_while_the_model_works(
    start: Callable[..., Service], put_before: Callable[[Service], Model]
) -> None:
    service = start()
    model = put_before(service)
    with model.held(), opened(service) as response:
        lines = response.iter_lines()
        first = read(lines)
        assert first == {"event": "progress", "stage": "tagging", "done": 0, "total": 400}
        model.may_go_on.set()
        rest = [json.loads(line) for line in lines]
    done = [event["done"] for event in rest[:-1]]
    assert len(done) > 3 and done == sorted(set(done)) and done[-1] == 400
    assert rest[-1]["event"] == "result" and len(rest[-1]["units"]) == 400


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html", "application/x-ndjsn"])
def test_lines_come_only_on_request(service: Service, accept: str) -> None:
    response = service.client.post(REPORTS, json={"text": "a"}, headers={"Accept": accept})
    assert service.answer(response)["units"]


@pytest.mark.parametrize(
    ("path", "request_", "status"),
    [
        (REPORTS, {"json": {"text": ""}}, 422),
        (REPORTS, {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        (REPORTS, {"content": b"a"}, 415),
        (REPORTS, {"files": {"file": ("a.xyz", b"a")}}, 415),
        (REPORTS, {"files": {"file": ("a.txt", b"")}}, 422),
        (COMPARE, {"json": {"reports": []}}, 422),
    ],
)
def test_errors_before_the_first_line_keep_their_status(
    service: Service, path: str, request_: dict[str, Any], status: int
) -> None:
    headers = LINES | request_.pop("headers", {})
    response = service.client.post(path, headers=headers, **request_)
    assert service.answer(response, status)["error"]["message"]


def test_deadline_after_the_first_line_is_an_error_with_its_status(
    start: Callable[..., Service], put_before: Callable[[Service], Model]
) -> None:
    service = start()
    model = put_before(service)
    with model.held():
        with opened(service, **{"X-Request-Timeout-Ms": "600"}) as response:
            assert response.status_code == 200
            *_, last = (json.loads(line) for line in response.iter_lines())
        assert (last["event"], last["status"], last["error"]["type"]) == ("error", 504, "timeout")
        wait_until(lambda: measured(service.client, "fazhi_queue_tokens") == 0)
    assert measured(service.client, "fazhi_rejected_total", reason="timeout") == 1
    assert service.post(REPORTS, {"text": "a"}).status_code == 200


def test_client_that_leaves_drops_the_work(
    start: Callable[..., Service], put_before: Callable[[Service], Model]
) -> None:
    service = start()
    model = put_before(service)
    with model.held():
        with opened(service) as response:
            read(response.iter_lines())
        wait_until(lambda: measured(service.client, "fazhi_queue_tokens") == 0)
        wait_until(lambda: measured(service.client, "fazhi_queue_requests") == 0)
    assert service.post(REPORTS, {"text": "a"}).status_code == 200
    assert sum(map(len, model.batches)) < 200, "what waited was never computed"


def test_queue_that_is_full_is_429_before_the_first_line(
    start: Callable[..., Service], put_before: Callable[[Service], Model]
) -> None:
    service = start(max_queue_tokens=100)
    model = put_before(service)
    with model.held(), opened(service) as response:
        lines = response.iter_lines()  # forgotten, it would hang up
        read(lines)
        refused = service.client.post(REPORTS, json={"text": REPORT}, headers=LINES)
        assert service.answer(refused, 429)["error"]["type"] == "overloaded"
        assert refused.headers["retry-after"].isdigit()


def test_fault_after_the_first_line_says_no_more_than_that(
    start: Callable[..., Service], put_before: Callable[[Service], Model], caplog: Any
) -> None:
    service = start()
    model = put_before(service)
    with model.held(), opened(service) as response:
        lines = response.iter_lines()
        read(lines)
        model._infer = lambda *_: 1 / 0
        model.may_go_on.set()
        last = {}
        with pytest.raises(httpx.RemoteProtocolError):  # the end of the answer is missing
            for line in lines:
                last = json.loads(line)
    assert (last["event"], last["status"]) == ("error", 500)
    assert last["error"] == {
        "type": "internal",
        "message": "The service failed; the fault is in its log.",
    }
    wait_until(lambda: "ZeroDivisionError" in caplog.text)
    assert "整改" not in caplog.text


def test_a_model_swapped_meanwhile_doesnt_answer(
    start: Callable[..., Service], put_before: Callable[[Service], Model]
) -> None:
    """The lease of the model lasts as long as the lines do."""
    service = start()
    model = put_before(service)
    loaded = service.app.state.inference._loaded
    with model.held(), opened(service) as response:
        lines = response.iter_lines()
        read(lines)
        assert loaded.users == 1
        model.may_go_on.set()
        *_, last = (json.loads(line) for line in lines)
        assert last["event"] == "result"
    wait_until(lambda: loaded.users == 0)


def test_work_that_the_end_of_the_service_cuts_off_ends_with_a_line() -> None:
    async def work(progress: Progress) -> bytes:
        progress.tell("tagging", 0, 9)
        await asyncio.sleep(60)
        return b"{}"

    async def read_all() -> list[dict[str, Any]]:
        lines = _lines(SimpleNamespace(state=SimpleNamespace()), work)  # type: ignore[arg-type]
        told = [json.loads(await anext(lines))]
        second = asyncio.ensure_future(anext(lines))
        await asyncio.sleep(0)
        second.cancel()  # as uvicorn does when the grace period is over
        told.append(json.loads(await second))
        assert [line async for line in lines] == []
        return told

    first, last = asyncio.run(read_all())
    assert first["event"] == "progress"
    assert (last["event"], last["status"], last["error"]["type"]) == ("error", 503, "not_ready")
