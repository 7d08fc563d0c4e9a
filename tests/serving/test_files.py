"""`POST /v1/reports` with a file: read like the text in it, refused in the form of every error."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from serving import reading
from tests.serving.service import Service, wait_until
from tests.serving.test_reports import PRINTED, REPORT, assert_tiles
from tests.tiny import REPORTS as SAMPLES

REPORTS = "/v1/reports"
BOUNDARY = "x" * 20
PAGE = f"<html><head><title>报告</title></head><body>{''.join(f'<p>{p}</p>' for p in REPORT.split())}</body></html>"


@pytest.fixture(scope="module")
def small(start: Callable[..., Service]) -> Service:
    return start(max_body_bytes=3_000, max_report_characters=300, max_units=9)


def send(service: Service, data: bytes, name: str = "a.txt", **more: Any) -> httpx.Response:
    return service.client.post(REPORTS, files={"file": (name, data)}, **more)


def part(disposition: str, data: bytes = b"a") -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode()
    return head + data + b"\r\n"


def form(
    service: Service, body: bytes, parameters: str = f"; boundary={BOUNDARY}"
) -> httpx.Response:
    headers = {"Content-Type": f"multipart/form-data{parameters}"}
    return service.client.post(REPORTS, content=body, headers=headers)


def error(service: Service, response: httpx.Response, status: int) -> dict[str, str]:
    return service.answer(response, status)["error"]


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16", "big5"])
def test_a_file_is_answered_like_its_text(service: Service, charset: str) -> None:
    text = PRINTED if charset == "big5" else REPORT
    text = text.replace("𠮷", "吉").replace("\u200b", "").replace("ǎ", "a").replace("ì", "i")
    text = text.replace("(jiǎn)", "").replace("(jian)", "").replace("(guan)", "").replace("à", "a")
    if charset == "big5":
        text = text.encode("big5", "ignore").decode("big5")
    answer = service.answer(send(service, text.encode(charset), "yunling-2023.txt"))
    assert answer.pop("source") == text
    body = {"text": text, "name": "yunling-2023"}
    assert answer == service.answer(service.client.post(REPORTS, json=body))
    assert_tiles(text, answer["units"])


def test_offsets_count_the_text_of_a_web_page(service: Service) -> None:
    answer = service.answer(send(service, PAGE.encode(), "report.html"))
    assert_tiles(answer["source"], answer["units"])
    assert any("放管服" in unit["text"] for unit in answer["units"])


def test_a_sample_that_was_sent_by_another_client(service: Service) -> None:
    """As curl and browsers write it, byte by byte on a socket."""
    data = (SAMPLES / "held-litai-coop.txt").read_bytes()
    body = part('form-data; name="file"; filename="力泰.txt"', data) + f"--{BOUNDARY}--".encode()
    head = (
        f"POST {REPORTS} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    with socket.create_connection(service.address, 30) as connection:
        connection.sendall(head.encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    units = json.loads(answer.partition(b"\r\n\r\n")[2])["units"]
    assert units[0]["id"] == "力泰-001" and len(units) > 5


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("云岭县2023年报告.txt", "云岭县2023年报告"),
        ("a.b.c.txt", "a.b.c"),
        ("../../etc/passwd", "passwd"),
        ("C:\\报告\\2023.TXT", "2023"),
        ("/", "report"),
        (".txt", ".txt"),
        ("‮txt.报告‬", None),
        ("报告\u200b\u202e.txt", "报告"),
        ("🎉 \"引号\" '%22'.txt", "🎉 %22引号%22 '%22'"),
        ("=1+1.txt", "=1+1"),
        ("长" * 1_000 + ".txt", "长" * 196),
    ],
)
def test_names_of_any_characters(service: Service, sent: str, name: str | None) -> None:
    response = send(service, b"a", sent)
    if name is None:  # the direction of writing hides the suffix, not from us
        assert error(service, response, 415)["message"].startswith("txt.报告: ")
        return
    answer = service.answer(response)
    assert answer["report"]["name"] == name
    assert answer["units"][0]["id"] == f"{name}-001"


@pytest.mark.parametrize(
    ("name", "data", "status", "message"),
    [
        ("a.xyz", b"a", 415, "a.xyz: the format .xyz isn't read"),
        ("a.doc", b"\xd0\xcf\x11\xe0" * 9, 415, "a.doc: "),
        ("a.txt", b"\x89PNG" + b"\0" * 99, 415, "a.txt: looks like a picture"),
        ("a.txt", b"", 422, "a.txt: the file is empty"),
        ("a.txt", b" \n", 422, "a.txt: the file is empty"),
        ("a.txt", "\u200b".encode(), 422, "a.txt: holds no text"),
        ("a.txt", b"a" * 100_001, 422, "a.txt, line 1: "),
        ("a.txt", bytes(range(1, 31)) * 99, 422, "a.txt: binary"),
        ("a.html", b"<html><body></body></html>", 422, "a.html: "),
    ],
)
def test_what_is_no_report_is_refused(
    service: Service, name: str, data: bytes, status: int, message: str
) -> None:
    found = error(service, send(service, data, name), status)
    assert found["message"].startswith(message) and "\n" not in found["message"]
    assert found["param"] == "file"


def test_limits_are_413(small: Service) -> None:
    ten_lines = "\n".join("一二三四五六七八九十").encode()
    for data, limit in (
        (b"a" * 3_001, "max_body_bytes"),
        ("法".encode() * 301, "max_report_characters"),
        (ten_lines, "max_units"),
    ):
        assert limit in error(small, send(small, data), 413)["message"]
    assert small.answer(send(small, ten_lines[:-4]))["source"]
    text = small.post(REPORTS, {"text": ten_lines.decode()})
    assert "max_units" in error(small, text, 413)["message"]


def test_body_over_the_limit_is_refused_before_it_has_come(small: Service) -> None:
    head = (
        f"POST {REPORTS} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    begun = part('form-data; name="file"; filename="a.txt"') + b"a" * 3_000
    with socket.create_connection(small.address, 30) as connection:
        connection.sendall(head.encode() + f"{len(begun):x}\r\n".encode() + begun + b"\r\n")
        answer = connection.recv(65_536)  # though the body has no end
    assert answer.startswith(b"HTTP/1.1 413") and b"max_body_bytes" in answer


FILE = 'form-data; name="file"; filename="a.txt"'
END = f"--{BOUNDARY}--\r\n".encode()


@pytest.mark.parametrize(
    ("body", "parameters", "status"),
    [
        (part(FILE) + END, "", 400),
        (part(FILE) + END, "; boundary=", 400),
        (part(FILE) + END, "; boundary=" + "y" * 300, 400),
        (part(FILE) + END, f"; boundary={BOUNDARY}; charset=undefined", None),
        (part(FILE) + END, f"; boundary={BOUNDARY}; charset=idna", None),
        (part(FILE) + END, f"; boundary={BOUNDARY}; charset=no-such-thing", 200),
        (b"", f"; boundary={BOUNDARY}", 400),
        (b"a", f"; boundary={BOUNDARY}", 400),
        (END, f"; boundary={BOUNDARY}", 422),
        (part(FILE), f"; boundary={BOUNDARY}", 400),
        (part(FILE)[:-5], f"; boundary={BOUNDARY}", 400),
        (part("form-data") + END, f"; boundary={BOUNDARY}", 400),
        (part('form-data; name="file"') + END, f"; boundary={BOUNDARY}", 422),
        (part('form-data; name="files"; filename="a"') + END, f"; boundary={BOUNDARY}", 422),
        (part('form-data; name="a"') + part(FILE) + END, f"; boundary={BOUNDARY}", 422),
        (part('form-data; name="a"') * 9 + END, f"; boundary={BOUNDARY}", 400),
        (part(FILE) * 2 + END, f"; boundary={BOUNDARY}", 413),
        (part(FILE + "\r\nX: " + "a" * 20_000) + END, f"; boundary={BOUNDARY}", 400),
        (part(FILE + "\r\nX: a" * 2_000) + END, f"; boundary={BOUNDARY}", 400),
        (part('form-data; name="\\ud800"; filename="a"') + END,
         f"; boundary={BOUNDARY}; charset=unicode_escape", 422),
        (part('form-data; name="file"; filename="\\ud800.txt"') + END,
         f"; boundary={BOUNDARY}; charset=unicode_escape", 200),
    ],
)  # fmt: skip
def test_forms_that_no_client_sends_get_an_answer(
    service: Service, body: bytes, parameters: str, status: int | None
) -> None:
    response = form(service, body, parameters)
    assert response.status_code in ((200, 400, 422) if status is None else (status,))
    service.answer(response, response.status_code)


def test_few_files_are_read_at_a_time_and_few_wait(
    start: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(max_queue_reports=2)
    busy, may_go_on = threading.Semaphore(0), threading.Event()
    decode, at_once = reading.decode_document, []

    def slow(*arguments: Any) -> Any:
        busy.release()
        at_once.append(1)
        assert may_go_on.wait(30)
        return decode(*arguments)

    monkeypatch.setattr(reading, "decode_document", slow)
    with ThreadPoolExecutor(2) as pool:
        try:
            answers = [pool.submit(send, service, b"a") for _ in range(2)]
            assert busy.acquire(timeout=30)
            wait_until(lambda: service.app.state.readers._requests == 2)
            refused = send(service, b"a")
            assert error(service, refused, 429)["type"] == "overloaded"
            assert refused.headers["retry-after"].isdigit()
            assert len(at_once) == 1, "the service has one thread"
            in_time = service.client.post("/v1/classify", json={"sentences": ["a"]}, timeout=10)
            assert in_time.status_code == 200, "sentences don't wait for files"
        finally:
            may_go_on.set()
        assert {answer.result().status_code for answer in answers} == {200}


def test_deadline_passes_while_a_file_is_read(
    start: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(max_queue_reports=1)
    may_go_on = threading.Event()
    decode = reading.decode_document
    monkeypatch.setattr(
        reading, "decode_document", lambda *given: may_go_on.wait(30) and decode(*given)
    )
    try:
        response = send(service, b"a", headers={"X-Request-Timeout-Ms": "200"})
        assert error(service, response, 504)["type"] == "timeout"
    finally:
        may_go_on.set()
    wait_until(lambda: send(service, b"a").status_code == 200)
