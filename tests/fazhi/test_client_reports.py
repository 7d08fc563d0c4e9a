"""`fazhi.client` sends whole reports: files, comparisons, and answers that tell how far they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazhi.client import ServiceError
from fazhi.client.events import Events
from fazhi.errors import InputError
from serving.settings import Settings
from tests.fazhi.clients import Server, refusal
from tests.serving.service import Service, running
from tests.tiny import REPORTS

SAMPLE = REPORTS / "held-litai-coop.txt"
TEXT = SAMPLE.read_text("utf-8")


@pytest.fixture(scope="module")
def service(tiny_artifact: Path) -> Iterator[Service]:
    with running(Settings(model=tiny_artifact, threads=1)) as service:
        yield service


@pytest.fixture
def client(service: Service, connect: Callable[..., Any]) -> Any:
    host, port = service.address
    return connect(f"http://{host}:{port}")


def lines(*events: dict[str, Any], end: bytes = b"") -> Callable[[BaseHTTPRequestHandler], None]:
    """A script's line: an answer that comes as these events, each in two pieces."""
    content = b"".join(json.dumps(e, ensure_ascii=False).encode() + b"\n" for e in events) + end

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/x-ndjson")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        for piece in (content[: len(content) // 2], content[len(content) // 2 :]):
            handler.wfile.write(piece)
            handler.wfile.flush()

    return send


def progress(done: int, total: int = 9) -> dict[str, Any]:
    return {"event": "progress", "stage": "tagging", "done": done, "total": total}


def test_a_file_is_read_by_the_service(client: Any, service: Service) -> None:
    report = client.report(SAMPLE)
    assert report.name == "held-litai-coop" and report.source == TEXT
    assert report.units[0].id == "held-litai-coop-001"
    sent_as_text = client.report(TEXT, name="held-litai-coop")
    assert sent_as_text.source is None
    assert {**report.to_json(), "source": None} == sent_as_text.to_json()


def test_name_of_a_file_can_be_the_callers(client: Any, tmp_path: Path) -> None:
    (tmp_path / "下载 (1).txt").write_text("压减申报材料61份。", "utf-8")
    assert client.report(tmp_path / "下载 (1).txt").name == "下载 (1)"
    assert client.report(tmp_path / "下载 (1).txt", name="云岭县-2023").name == "云岭县-2023"


def test_report_has_everything_that_the_service_says(client: Any, service: Service) -> None:
    report = client.report(TEXT, name="a")
    answer = service.client.post("/v1/reports", json={"text": TEXT, "name": "a"}).json()
    told = json.loads(json.dumps(report.to_json()))
    model = answer["model"]
    assert told.pop("model") == f"{model['name']}@{model['version']}"
    assert told.pop("source") is None
    for unit in told["units"]:
        unit.pop("model")
    assert told == {**answer["report"], **{k: v for k, v in answer.items() if k not in ("model", "report")}}  # fmt: skip


def test_files_are_compared(client: Any, tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_bytes(b"a")
    comparison = client.compare([SAMPLE, tmp_path / "a.xyz", SAMPLE])
    assert [row["name"] for row in comparison.reports] == ["held-litai-coop", "held-litai-coop (2)"]
    assert [row["name"] for row in comparison.failed] == ["a.xyz"]
    assert len(comparison.topics) == 26 and comparison.model == "tiny@1.2.3"
    assert json.loads(json.dumps(comparison.to_json()))["groups"].keys() == comparison.groups.keys()


def test_progress_is_told(client: Any) -> None:
    told: list[tuple[str, int, int]] = []
    plain = client.report(SAMPLE)
    assert client.report(SAMPLE, on_progress=lambda *step: told.append(step)) == plain
    assert {(stage, total) for stage, _, total in told} == {("tagging", told[0][2])}
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)

    told.clear()
    client.compare([SAMPLE], on_progress=lambda *step: told.append(step))
    assert told[0] == ("reading", 0, 1)


@pytest.mark.parametrize("path", ["no-such.txt", "."])
def test_a_file_that_cannot_be_read_is_named(connect: Callable[..., Any], path: str) -> None:
    client = connect("http://127.0.0.1:1")
    with pytest.raises(InputError, match="can't be read"):
        client.report(Path(path))
    with pytest.raises(InputError, match="can't be read"):
        client.compare([SAMPLE, Path(path)])


@pytest.mark.parametrize("on_progress", [None, print])
def test_refusals_are_errors_with_their_status(
    client: Any, tmp_path: Path, on_progress: Any
) -> None:
    (tmp_path / "a.xyz").write_bytes(b"a")
    with pytest.raises(ServiceError) as caught:
        client.report(tmp_path / "a.xyz", on_progress=on_progress)
    assert (caught.value.status, caught.value.param) == (415, "file")


def test_error_at_the_end_of_the_lines_is_one_like_any_other(
    server: Server, connect: Callable[..., Any]
) -> None:
    error = {"type": "timeout", "message": "Too late."}
    server.script = [lines(progress(0), {"event": "error", "status": 504, "error": error})]
    with pytest.raises(ServiceError) as caught:
        connect(server.url).report("a", on_progress=lambda *_: None)
    assert (caught.value.status, caught.value.type) == (504, "timeout")
    assert len(server.requests) == 1


def test_an_error_that_passes_is_tried_again(server: Server, connect: Callable[..., Any]) -> None:
    stopping = {"type": "not_ready", "message": "Stopping."}
    server.script = [
        refusal(429, Retry_After="2"),
        lines(progress(0), {"event": "error", "status": 503, "error": stopping}),
        lines(progress(1), {"event": "error", "status": 422, "error": stopping}),
    ]
    client, told = connect(server.url), []
    with pytest.raises(ServiceError) as caught:
        client.report(SAMPLE, on_progress=lambda *step: told.append(step))
    assert caught.value.status == 422 and len(server.requests) == 3
    assert [done for _, done, _ in told] == [0, 1]
    assert all(TEXT.encode() in body for *_, body in server.requests), "the file is sent each time"
    assert {headers["accept"] for _, _, headers, _ in server.requests} == {"application/x-ndjson"}


@pytest.mark.parametrize(
    "script",
    [lines(), lines(progress(0)), lines(end=b"{"), lines(end=b"[]\n"), lines(end=b"null\n"),
     lines({"event": "result"}), lines({"event": "progress"}), lines(end=b"\xff\n"),
     lines({"event": "error", "status": "x"}), lines(progress(0), end=b'{"event": "result"')],
)  # fmt: skip
def test_lines_of_something_else_are_called_so(
    server: Server, connect: Callable[..., Any], script: Any
) -> None:
    server.script = [script]
    with pytest.raises(ServiceError) as caught:
        connect(server.url).report("a", on_progress=lambda *_: None)
    assert (caught.value.status, caught.value.type) == (200, "unreadable")
    assert "\n" not in str(caught.value)


@given(st.data())
def test_events_may_come_in_any_pieces(data: st.DataObject) -> None:
    result = {"event": "result", "text": "一行\u2028另一行\x85"}
    rows = [progress(n) for n in range(3)] + [result]
    content = b"".join(json.dumps(r, ensure_ascii=False).encode() + b"\n" for r in rows)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)))))
    told: list[int] = []
    events = Events(lambda stage, done, total: told.append(done))
    for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
        events.feed(content[start:end])
    assert told == [0, 1, 2]
    assert events.end(httpx.Request("POST", "http://a")).json() == result
