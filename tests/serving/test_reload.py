"""Swapping the model while requests run: the good one comes in, the bad one stays out."""

from __future__ import annotations

import json
import logging
import shutil
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from fazhi.artifact import LAYOUT, write_manifest
from serving.settings import Settings
from tests.serving.command import measured, release, serving
from tests.serving.service import Service, running, wait_until

CLASSIFY = "/v1/classify"
BODY = {"sentences": ["全年办理行政复议案件42件。", "压减申报材料61份。"]}
REPORT = {"text": "一、工作情况\n（一）深化“放管服”改革。压减申报材料61份。"}
OLD, NEW = "1.0.0", "2.0.0"
WAIT_SECONDS = 120


@pytest.fixture
def model(tiny_artifact: Path, tmp_path: Path) -> Path:
    return release(tiny_artifact, tmp_path / "model", OLD)


@pytest.fixture
def service(model: Path) -> Any:
    """A service with one more path, since its own way to reload is a signal to a process."""
    with running(Settings(model=model, threads=1)) as service:

        async def reload(_: Request) -> JSONResponse:
            return JSONResponse(await service.app.state.inference.reload())

        service.app.router.add_route("/reload", reload, methods=["POST"])
        yield service


def reload(service: Service) -> bool:
    return service.client.post("/reload").raise_for_status().json()


def version(service: Service) -> str:
    return service.answer(service.client.get("/v1/model"))["version"]


def answered_by(service: Service, path: str = CLASSIFY, body: Any = BODY) -> str:
    return service.answer(service.post(path, body))["model"]["version"]


def reloads(service: Service, outcome: str) -> float:
    return measured(service.client, "fazhi_model_reloads_total", outcome=outcome)


def lanes() -> int:
    return sum(thread.name.startswith("lane-") for thread in threading.enumerate())


def test_new_model_answers_after_the_swap(
    service: Service, model: Path, tiny_artifact: Path
) -> None:
    assert answered_by(service) == version(service) == OLD
    release(tiny_artifact, model, NEW)
    assert version(service) == OLD, "nothing happens unasked"
    assert reload(service) is True
    assert answered_by(service) == version(service) == NEW
    assert service.client.get("/v2").status_code == 200
    assert service.client.get("/info").json()["version"]
    assert reloads(service, "swapped") == 1
    assert measured(service.client, "fazhi_model_info", version=NEW) == 1
    assert measured(service.client, "fazhi_model_info", version=OLD) == 0


@pytest.mark.parametrize(("path", "body"), [(CLASSIFY, BODY), ("/v1/reports", REPORT)])
def test_request_in_flight_is_answered_by_the_model_it_began_with(
    service: Service,
    model: Path,
    tiny_artifact: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    body: Any,
) -> None:
    infer, has_begun, may_go_on = service.classifier.infer, threading.Event(), threading.Event()

    def held(*arguments: Any) -> Any:
        has_begun.set()
        assert may_go_on.wait(60)
        return infer(*arguments)

    monkeypatch.setattr(service.classifier, "infer", held)
    lanes_before = lanes()
    release(tiny_artifact, model, NEW)
    with ThreadPoolExecutor(2) as pool:
        try:
            begun = pool.submit(answered_by, service, path, body)
            assert has_begun.wait(30)
            waiting = pool.submit(answered_by, service)  # in the old one's queue
            wait_until(lambda: measured(service.client, "fazhi_queue_requests") == 2)
            assert reload(service) is True
            assert answered_by(service, path, body) == NEW
            assert not begun.done() and not waiting.done()
            assert lanes() == lanes_before + 1, "the old one's lane still works"
        finally:
            may_go_on.set()
        assert begun.result() == waiting.result() == OLD
    wait_until(lambda: lanes() == lanes_before)  # and ends with its last request
    assert answered_by(service) == NEW
    assert measured(service.client, "fazhi_queue_requests") == 0


def change_card(folder: Path) -> None:
    (folder / LAYOUT.card).write_text("changed")


def spoil_graph(folder: Path) -> None:
    (folder / LAYOUT.graph).write_bytes(b"no graph")
    write_manifest(folder)


def spoil_golden(folder: Path) -> None:
    golden = folder / LAYOUT.golden
    rows = [json.loads(line) for line in golden.read_text("utf-8").splitlines()]
    rows[0]["scores"] = {label: 1 - score for label, score in rows[0]["scores"].items()}
    golden.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    write_manifest(folder)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (change_card, "README.md has been changed"),
        (lambda folder: (folder / LAYOUT.tokenizer).unlink(), "tokenizer.json is missing"),
        (lambda folder: (folder / LAYOUT.manifest).write_text("{"), "isn't valid JSON"),
        (shutil.rmtree, "no such model folder"),
        (spoil_graph, "can't be loaded"),
        (spoil_golden, "for the golden sentence"),
    ],
    ids=["changed", "incomplete", "manifest", "gone", "graph", "golden"],
)
def test_bad_model_leaves_the_old_one(
    service: Service,
    model: Path,
    tiny_artifact: Path,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Path], object],
    said: str,
) -> None:
    before = service.answer(service.post(CLASSIFY, BODY))
    release(tiny_artifact, model, NEW)
    spoil(model)
    with caplog.at_level(logging.INFO, "fazhi.model"):
        assert reload(service) is False
    assert service.answer(service.post(CLASSIFY, BODY)) == before
    assert service.client.get("/health/ready").status_code == 200
    assert (reloads(service, "refused"), reloads(service, "swapped")) == (1, 0)
    assert measured(service.client, "fazhi_model_info", version=OLD) == 1
    records = [record for record in caplog.records if record.name == "fazhi.model"]
    assert [record.levelname for record in records] == ["ERROR"]
    message = records[0].getMessage()
    assert said in message and str(model) in message and "\n" not in message

    release(tiny_artifact, model, NEW)
    assert reload(service) is True, "a later attempt is free to succeed"
    assert answered_by(service) == NEW


def test_swaps_that_overlap_all_happen_and_leave_nothing_behind(service: Service) -> None:
    lanes_before = lanes()
    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(lambda _: reload(service), range(3)))
    assert reloads(service, "swapped") == 3
    assert answered_by(service) == OLD
    wait_until(lambda: lanes() == lanes_before)


def test_signal_swaps_the_model_of_the_command(
    model: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    arguments = ("--port", 0, "--workers", 1, "--model", model)
    with serving(tmp_path, *arguments) as service, service.client() as client:

        def reloads(outcome: str) -> float:
            return measured(client, "fazhi_model_reloads_total", outcome=outcome)

        def answer() -> str:
            return client.post(CLASSIFY, json=BODY).raise_for_status().json()["model"]["version"]

        assert answer() == OLD
        release(tiny_artifact, model, NEW)
        service.process.send_signal(signal.SIGHUP)
        seen = []
        wait_until(lambda: seen.append(answer()) or reloads("swapped") == 1, WAIT_SECONDS)
        assert answer() == NEW and seen == sorted(seen), "never back again"
        assert service.log == ""

        change_card(model)
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: answer() == NEW and reloads("refused") == 1, WAIT_SECONDS)
        assert answer() == NEW
        line = json.loads(service.log)
        assert (line["level"], line["logger"]) == ("error", "fazhi.model")
        assert f"{model}: {LAYOUT.card} has been changed" in line["message"]

        release(tiny_artifact, model, "3.0.0")
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: answer() == "3.0.0", WAIT_SECONDS)
        service.process.terminate()
        assert service.process.wait(timeout=60) == 0
        assert service.log.count("\n") == 1 and len(service.announcement) == 2
