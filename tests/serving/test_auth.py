"""API keys and web origins: who may call, how a refusal looks, and that no key gets out."""

from __future__ import annotations

import json
import re
import socket
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from serving.auth import read_keys
from serving.contracts import error_shape
from serving.settings import Settings
from tests.serving.command import refuse, serving
from tests.serving.service import Service, wait_until

FIRST, SECOND = "first-key-1a2b", "second=key:3c4d"  # a colon separates in HTTP Basic
CLASSIFY = "/v1/classify"
BODY = {"sentences": ["全年办理行政复议案件42件。"]}


@pytest.fixture(scope="module")
def keyed(start: Callable[..., Service]) -> Service:
    return start(api_keys=f"{FIRST}, {SECOND}")


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("key", [FIRST, SECOND])
def test_every_key_is_accepted_in_every_form(keyed: Service, key: str) -> None:
    for headers in (
        {"Authorization": f"Bearer {key}"},
        {"authorization": f"bearer   {key}"},
        {"X-API-Key": key},
        {"Authorization": basic("label-studio", key)},
        {"Authorization": basic("", key)},
    ):
        assert keyed.client.post(CLASSIFY, json=BODY, headers=headers).status_code == 200, headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {FIRST[:-1]}"},
        {"Authorization": f"Bearer {FIRST}x"},
        {"Authorization": f"Bearer {FIRST}, {SECOND}"},
        {"Authorization": f"Bearer {FIRST.upper()}"},
        {"Authorization": FIRST},
        {"Authorization": f"Token {FIRST}"},
        {"Authorization": basic(FIRST, "")},
        {"Authorization": basic(FIRST, "wrong")},
        {"Authorization": "Basic ////="},
        {"Authorization": f"Basic {FIRST}"},
        {"Authorization": b"Bearer \xff\xfe"},
        {"X-API-Key": ""},
        {"X-API-Key": "wrong"},
        {"X-API-Key": b"\xe6\xb3\x95"},
        {"Cookie": f"X-API-Key={FIRST}"},
    ],
    ids=repr,
)
def test_missing_or_wrong_key_is_401(keyed: Service, headers: dict[str, str | bytes]) -> None:
    answer = keyed.client.post(CLASSIFY, json=BODY, headers=headers)
    error = keyed.answer(answer, 401)["error"]
    assert error["type"] == "unauthorized"
    assert "Authorization: Bearer" in error["message"]
    assert answer.headers["www-authenticate"] == "Bearer"
    assert FIRST not in answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/metrics"),
        ("GET", "/v1/model"),
        ("GET", "/v1/taxonomy"),
        ("POST", "/v1/reports"),
        ("POST", "/"),
        ("POST", "/predict"),
        ("GET", "/info"),
        ("GET", "/v2"),
        ("GET", "/v2/models/tiny"),
        ("GET", "/v2/models/tiny/ready"),
        ("POST", "/v2/models/tiny/infer"),
        ("POST", "/integrations/label-studio/predict"),
        ("POST", "/integrations/label-studio/setup"),
        ("POST", "/integrations/label-studio/webhook"),
    ],
)
def test_refusal_has_the_shape_of_its_contract(keyed: Service, method: str, path: str) -> None:
    answer = keyed.client.request(method, path)
    body = keyed.answer(answer, 401)
    error_shape(path).body.model_validate(body)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_whether_a_path_exists_isnt_told_without_a_key(keyed: Service) -> None:
    for method, path in (("GET", "/nothing"), ("DELETE", CLASSIFY), ("GET", "/v2/nothing")):
        assert keyed.client.request(method, path).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/health",
        "/health/live",
        "/health/ready",
        "/v2/health/live",
        "/v2/health/ready",
        "/integrations/label-studio/health",
        "/docs",
        "/openapi.json",
    ],
)
def test_health_and_documentation_are_open(keyed: Service, path: str) -> None:
    assert keyed.client.get(path).status_code == 200


def test_documentation_page_can_load_what_it_needs(keyed: Service) -> None:
    needed = re.findall(r'(?:src|href)="(/[^"]+)"', keyed.client.get("/docs").text)
    assert needed
    for path in needed:
        assert keyed.client.get(path).status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "/health/../metrics",
        "/health/%2e%2e/metrics",
        "/docs/../v1/model",
        "//v1/model",
        "/static-x/../metrics",
        "/openapi.json/../metrics",
        "/metrics?/health",
        "/metrics#/health",
        "/health%0a/../metrics",
        "http://a/metrics",
        "http://a/health/../metrics",
        "http://a//metrics",
    ],
)
def test_open_paths_are_no_way_around(keyed: Service, target: str) -> None:
    request = f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    with socket.create_connection(keyed.address, timeout=30) as connection:
        connection.sendall(request.encode())
        answer = connection.makefile("rb").read()
    assert answer.split(b" ")[1] in (b"401", b"404"), answer
    assert b"fazhi_requests_total" not in answer and b"thresholds" not in answer


def test_refusal_comes_before_the_body(keyed: Service) -> None:
    head = f"POST {CLASSIFY} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    for more in ("Content-Length: 1000000000000\r\n", "Transfer-Encoding: chunked\r\n",
                 "Content-Length: 1000\r\nExpect: 100-continue\r\n"):  # fmt: skip
        with socket.create_connection(keyed.address, timeout=30) as connection:
            connection.sendall(f"{head}{more}\r\n".encode())
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 401 ")


def test_keys_come_from_variable_and_file_together(
    start: Callable[..., Service], tmp_path: Path
) -> None:
    file = tmp_path / "keys"
    file.write_bytes(b"# of the office\r\n\r\n  file-key  \r\n\t# indented\r\nwith#inside\r\n")
    service = start(api_keys=FIRST, api_keys_file=file)
    for key, status in (
        *((key, 200) for key in (FIRST, "file-key", "with#inside")),
        *((key, 401) for key in ("# of the office", "# indented", "#")),
    ):
        answer = service.client.get("/v1/model", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == status, key


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"", "holds no key"),
        (b"\n  \n# only a comment\n", "holds no key"),
        (b"\xff\xfe", "not UTF-8"),
        ("密钥".encode(), "printable ASCII"),
        (b"a\x00b", "printable ASCII"),
    ],
)
def test_bad_file_of_keys_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=said) as caught:
        read_keys(Settings(api_keys_file=file))
    message = str(caught.value)
    assert "FAZHI_API_KEYS" in message and "\n" not in message and "密钥" not in message


def test_bad_key_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match="printable ASCII") as caught:
        read_keys(Settings(api_keys="good,密钥"))
    assert "密钥" not in str(caught.value)


def test_bad_keys_stop_the_command_in_one_line(tiny_artifact: Path, tmp_path: Path) -> None:
    arguments = ("--port", 0, "--model", tiny_artifact)
    line = refuse(*arguments, FAZHI_API_KEYS_FILE=tmp_path)
    assert line == f"error: FAZHI_API_KEYS_FILE: {tmp_path}: Is a directory"
    assert "ASCII" in refuse(*arguments, FAZHI_API_KEYS="密钥")


def test_without_keys_others_arent_let_in_by_oversight(tiny_artifact: Path) -> None:
    for host in ("0.0.0.0", "::"):
        line = refuse("--host", host, "--port", 0, "--model", tiny_artifact)
        assert line.startswith(f"error: {host} ")
        for remedy in ("FAZHI_API_KEYS", "FAZHI_API_KEYS_FILE", "FAZHI_ALLOW_ANONYMOUS=1"):
            assert remedy in line


def test_without_keys_others_are_let_in_if_that_is_said(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    arguments = ("--host", "0.0.0.0", "--port", 0, "--model", tiny_artifact)
    with (
        serving(tmp_path, *arguments, FAZHI_ALLOW_ANONYMOUS=1) as service,
        service.client() as client,
    ):
        assert client.post(CLASSIFY, json=BODY).status_code == 200


def test_keys_let_others_in_and_appear_nowhere(tiny_artifact: Path, tmp_path: Path) -> None:
    arguments = ("--host", "0.0.0.0", "--port", 0, "--model", tiny_artifact)
    guess = "guessed-key-5e6f"
    with (
        serving(tmp_path, *arguments, FAZHI_API_KEYS=FIRST, FAZHI_LOG_LEVEL="debug") as service,
        service.client() as client,
    ):
        right, wrong = {"X-API-Key": FIRST}, {"Authorization": basic(FIRST, guess)}
        assert client.post(CLASSIFY, json=BODY, headers=right).status_code == 200
        assert client.post(CLASSIFY, json=BODY, headers=wrong).status_code == 401
        assert client.post(f"/{FIRST}?key={FIRST}", headers=right).status_code == 404
        metrics = client.get("/metrics", headers=right)
        assert 'fazhi_rejected_total{reason="unauthorized"} 1.0' in metrics.text
        wait_until(lambda: service.log.count("\n") >= 4)
        said = "\n".join([*service.announcement, service.log, metrics.text])
    statuses = [json.loads(line).get("status") for line in service.log.splitlines()]
    assert {200, 401, 404} <= set(statuses)
    for secret in (FIRST, guess, b64encode(FIRST.encode()).decode(), wrong["Authorization"]):
        assert secret not in said


def preflight(client: httpx.Client, origin: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return client.options(CLASSIFY, headers=headers)


def test_pages_of_other_origins_may_not_call_by_default(client: httpx.Client) -> None:
    origin = "https://portal.example"
    answers = [
        preflight(client, origin),
        client.post(CLASSIFY, json=BODY, headers={"Origin": origin}),
    ]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_pages_of_named_origins_may_call(start: Callable[..., Service]) -> None:
    origins = ["https://portal.example", "http://localhost:3000"]
    client = start(cors_origins=", ".join(origins), api_keys=FIRST).client
    allowed = "access-control-allow-origin"
    for origin in origins:
        asked = preflight(client, origin)
        assert (asked.status_code, asked.headers[allowed]) == (200, origin)
        assert "authorization" in asked.headers["access-control-allow-headers"].lower()
        given = {"Origin": origin, "X-API-Key": FIRST}
        answer = client.post(CLASSIFY, json=BODY, headers=given)
        assert (answer.status_code, answer.headers[allowed]) == (200, origin)
        exposed = answer.headers["access-control-expose-headers"].lower()
        for name in ("x-request-id", "server-timing", "retry-after"):
            assert name in exposed
        refused = client.post(CLASSIFY, json=BODY, headers={"Origin": origin})
        assert (refused.status_code, refused.headers[allowed]) == (401, origin)
    for origin in ("https://evil.example", "https://portal.example.evil.example", "null"):
        assert allowed not in preflight(client, origin).headers
        given = {"Origin": origin, "X-API-Key": FIRST}
        assert allowed not in client.post(CLASSIFY, json=BODY, headers=given).headers
