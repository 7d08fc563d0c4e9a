"""Clients that are slow, many, gone, or don't speak HTTP are cut off, and the others are served."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.serving.service import Service, wait_until

TIMEOUT = 1.0
BODY = json.dumps({"sentences": ["全年办理行政复议案件42件。"]}).encode()
GET = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
LAST_GET = b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
HEAD = b"POST /v1/classify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
POST = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
LIVE = {"status": "live"}


@pytest.fixture(scope="module")
def hasty(start: Callable[..., Service]) -> Service:
    return start(connection_timeout_seconds=TIMEOUT)


@pytest.fixture(autouse=True)
def no_fault(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.name == "asyncio"]


def connect(service: Service) -> socket.socket:
    return socket.create_connection(service.address, timeout=30)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the service hangs up."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            received += piece
    return received


def send(service: Service, request: bytes) -> bytes:
    with connect(service) as connection:
        connection.sendall(request)
        return read_all(connection)


def status_and_json(answer: bytes) -> tuple[int, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert b"content-type: application/json" in lines
    assert b"content-length: %d" % len(body) in lines
    return int(head.split(b" ")[1]), json.loads(body)


def assert_error(answer: bytes, status: int, type_: str, said: str) -> None:
    got, body = status_and_json(answer)
    assert (got, body["error"]["type"]) == (status, type_)
    assert said in body["error"]["message"]
    assert b"connection: close" in answer.lower().partition(b"\r\n\r\n")[0]


def assert_serves(service: Service) -> None:
    url = f"http://{service.address[0]}:{service.address[1]}/v1/classify"
    answer = httpx.post(url, content=BODY, headers={"Content-Type": "application/json"},
                        timeout=10, trust_env=False)  # fmt: skip
    assert answer.status_code == 200


def dribble(service: Service, beginning: bytes, drop: bytes, drops: int = 100) -> bytes:
    """Send `drop` again and again, faster than any limit between two bytes."""
    with connect(service) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(beginning)
        for _ in range(drops):
            time.sleep(TIMEOUT / 10)
            connection.sendall(drop)
            connection.settimeout(0.001)
            with contextlib.suppress(TimeoutError):
                return connection.recv(1 << 16)
    return b""


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"GET /health/live HTTP/1.1\r\n", b"X-A: b\r\n"),
        (b"GET /", b"a"),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b" "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["headers", "path", "body", "chunks"],
)
def test_request_that_trickles_in_is_408_in_time(
    hasty: Service, beginning: bytes, drop: bytes
) -> None:
    started = time.monotonic()
    answer = dribble(hasty, beginning, drop)
    assert_error(answer, 408, "slow_request", "connection_timeout_seconds")
    assert time.monotonic() - started < 8 * TIMEOUT


def test_body_of_a_pipelined_request_has_its_time_limit_too(hasty: Service) -> None:
    partly = HEAD + b"Content-Length: 1000\r\n\r\n{"
    answer = send(hasty, GET + partly)
    first, second = answer.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200")
    assert_error(b"HTTP/1.1 " + second, 408, "slow_request", "connection_timeout_seconds")


def test_connection_without_a_request_is_closed_without_a_word(hasty: Service) -> None:
    assert send(hasty, b"") == b""


def test_rest_of_a_refused_body_isnt_awaited(hasty: Service) -> None:
    started = time.monotonic()
    answer = send(hasty, HEAD + b"Content-Length: 999999999\r\n\r\n{")
    assert status_and_json(answer)[0] == 413
    assert time.monotonic() - started < 8 * TIMEOUT


def test_slow_clients_dont_hold_up_the_others(hasty: Service) -> None:
    beginnings = [HEAD, HEAD + b"Content-Length: 1000\r\n\r\n", b"P", b""]
    with ExitStack() as stack:
        for number in range(60):
            connection = stack.enter_context(connect(hasty))
            connection.sendall(beginnings[number % len(beginnings)])
        assert_serves(hasty)


def large_answer(service: Service) -> tuple[bytes, int]:
    """Requests for more than the buffers between two processes hold, and the size of the answers."""
    script = next(
        place for place in service.client.get("/docs").text.split('"') if place.endswith(".js")
    )
    number, size = 20, len(service.client.get(script).content)
    request = f"GET {script} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    assert number * size > 2e7
    return request * number + LAST_GET, number * size


def test_answer_that_nobody_reads_is_dropped(hasty: Service) -> None:
    request, size = large_answer(hasty)
    with connect(hasty) as connection:
        connection.sendall(request)
        time.sleep(4 * TIMEOUT)
        assert len(read_all(connection)) < size


def test_answer_that_is_read_slowly_comes_whole(hasty: Service) -> None:
    request, size = large_answer(hasty)
    received, started = 0, time.monotonic()
    with connect(hasty) as connection:
        connection.sendall(request)
        while piece := connection.recv(1 << 20):
            received += len(piece)
            time.sleep(TIMEOUT / 10)
    assert time.monotonic() - started > 2 * TIMEOUT
    assert received > size


def test_pipelined_requests_are_answered_in_order(service: Service) -> None:
    answer = send(service, GET + POST + b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n" + LAST_GET)
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"404", b"200"]


def test_http_1_0_is_answered_and_closed(service: Service) -> None:
    assert status_and_json(send(service, b"GET /health/live HTTP/1.0\r\n\r\n")) == (200, LIVE)


def test_absolute_form_is_the_path(service: Service) -> None:
    request = LAST_GET.replace(b"/health", b"http://example.org:8000/health")
    assert status_and_json(send(service, request)) == (200, LIVE)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"*", 404),
        (b"//health//live", 404),
        (b"example.org:443", 400),
        (b"http://example.org", 400),
    ],
)
def test_other_targets_are_refused(service: Service, target: bytes, status: int) -> None:
    assert status_and_json(send(service, LAST_GET.replace(b"/health/live", target)))[0] == status


def test_refusals_of_connections_are_counted(service: Service) -> None:
    def refused() -> float:
        text = service.client.get("/metrics").text
        lines = [line for line in text.splitlines() if line.startswith("fazhi_rejected_total")]
        return sum(float(line.split()[1]) for line in lines if 'reason="malformed"' in line)

    before = refused()
    send(service, b"GET\r\n\r\n")
    assert refused() == before + 1


def test_garbage_behind_a_request_is_refused_after_its_answer(service: Service) -> None:
    first, second = send(service, POST + b"\x00garbage\r\n\r\n").split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200")
    assert_error(b"HTTP/1.1 " + second, 400, "malformed", "HTTP/1.1")


def test_many_pipelined_requests_are_answered(service: Service) -> None:
    answers = send(service, POST * 300 + LAST_GET).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200"] * 301


@pytest.mark.parametrize(
    "request_",
    [
        b"\x00\xff\xfe\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\xe6\xb3\x95 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nA b: c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\x00\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"X: " + b"a" * 300_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 300_000,
        LAST_GET[:-2] + b"X: y\r\n" * 60_000,
    ],
    ids=lambda request: repr(request[-20:]),
)
def test_what_isnt_http_is_refused_in_the_form_of_every_error(
    service: Service, request_: bytes
) -> None:
    answer = send(service, request_)
    if answer or len(request_) < 100_000:  # hanging up on a long one may overtake the answer
        status, body = status_and_json(answer)
        assert status in (400, 501), answer
        assert body["error"]["type"] == "malformed"
    assert_serves(service)


def test_broken_chunk_after_an_early_answer_only_ends_the_connection(
    start: Callable[..., Service],
) -> None:
    service = start(max_body_bytes=10)
    with connect(service) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\nb\r\n" + b" " * 11 + b"\r\n")
        assert connection.recv(12) == b"HTTP/1.1 413"
        connection.sendall(b"zz\r\n")
        assert b"HTTP/1.1" not in read_all(connection)


def test_half_closed_connection_gets_an_answer_or_a_clean_close(service: Service) -> None:
    """A closed writing side can't be told from a client that has gone, whose work is dropped."""
    for request in (GET, POST, HEAD, POST[:-5], b""):
        with connect(service) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = read_all(connection)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 200")
    assert_serves(service)


def test_clients_that_go_mid_request_leave_nothing_behind(service: Service) -> None:
    for cut in (1, 30, len(HEAD), len(POST) - 10, len(POST)):
        for _ in range(5):
            with connect(service) as connection:
                connection.sendall(POST[:cut])
    assert_serves(service)


def test_two_hundred_idle_connections_dont_stop_the_service(service: Service) -> None:
    with ExitStack() as stack:
        for number in range(200):
            connection = stack.enter_context(connect(service))
            if number % 2:
                connection.sendall(GET)
                assert connection.recv(12) == b"HTTP/1.1 200"
        assert_serves(service)


def test_when_all_places_are_taken_the_one_that_waits_longest_goes(
    start: Callable[..., Service],
) -> None:
    service = start(max_connections=3)
    with ExitStack() as stack:
        waiting = [stack.enter_context(connect(service)) for _ in range(3)]
        for connection in (*waiting, waiting[0]):  # so that the second has been waiting longest
            connection.sendall(GET)
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
        for connection in waiting:  # an idle connection is closed sooner than a begun request
            connection.sendall(GET[:5])
        last = stack.enter_context(connect(service))
        last.sendall(LAST_GET)
        assert status_and_json(read_all(last)) == (200, LIVE)
        assert read_all(waiting[1]) == b""
        for still_open in (waiting[0], waiting[2]):
            still_open.sendall(LAST_GET[5:])
            assert status_and_json(read_all(still_open)) == (200, LIVE)


def test_when_every_place_is_at_work_a_further_connection_is_refused(
    start: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(max_connections=2)
    busy, may_go_on = threading.Semaphore(0), threading.Event()
    classify = service.app.state.inference.classify

    async def slow(*arguments: Any) -> Any:
        busy.release()
        while not may_go_on.is_set():
            await asyncio.sleep(0.01)
        return await classify(*arguments)

    monkeypatch.setattr(service.app.state.inference, "classify", slow)
    with ExitStack() as stack:
        working = [stack.enter_context(connect(service)) for _ in range(2)]
        try:
            for connection in working:
                connection.sendall(POST.replace(b"Host: a", b"Host: a\r\nConnection: close"))
            assert all(busy.acquire(timeout=30) for _ in working)
            answer = send(service, b"")
            assert_error(answer, 429, "overloaded", "max_connections")
            assert b"retry-after: 1" in answer.lower()
        finally:
            may_go_on.set()
        for connection in working:
            assert status_and_json(read_all(connection))[0] == 200
    wait_until(lambda: send(service, LAST_GET).startswith(b"HTTP/1.1 200"))
