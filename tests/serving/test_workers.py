"""`fazhi serve --workers 2`: worker processes die, swap their model and stop, and no answer is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from fazhi.artifact import LAYOUT, write_manifest
from tests.serving.command import Running, ask, is_ready, measured, refuse, release, serving
from tests.serving.service import wait_until
from tests.tiny import REPORTS

BODY = {"sentences": ["全年办理行政复议案件42件。"]}
WAIT_SECONDS = 120


@pytest.fixture(scope="module")
def model(tiny_artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release(tiny_artifact, tmp_path_factory.mktemp("model") / "served", "1.0.0")


@pytest.fixture(scope="module")
def service(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("workers")
    with serving(folder, "--port", 0, "--workers", 2, "--model", model) as running:
        yield running


@pytest.fixture(scope="module")
def client(service: Running) -> Iterator[httpx.Client]:
    with service.client(keeps_connection=False) as client:
        yield client


@dataclass
class Load:
    """What became of a steady stream of requests."""

    versions: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@contextmanager
def steady_load(service: Running) -> Iterator[Load]:
    """Three at a time: two keep their connections, one opens a new one for every request."""
    load, is_over = Load(), threading.Event()

    def ask_on(client: httpx.Client) -> None:
        while not is_over.wait(0.01):
            try:
                answer = client.post("/v1/classify", json=BODY).raise_for_status()
                load.versions.append(answer.json()["model"]["version"])
            except httpx.HTTPError as error:
                load.failures.append(repr(error))

    with ExitStack() as stack:
        clients = [
            stack.enter_context(service.client(keeps_connection=keeps)) for keeps in (True, False)
        ]
        pool = stack.enter_context(ThreadPoolExecutor(3))
        asking = [pool.submit(ask_on, client) for client in (clients[0], *clients)]
        try:
            wait_until(lambda: len(load.versions) >= 10, WAIT_SECONDS)
            yield load
        finally:
            is_over.set()
        for done in asking:
            done.result()


def reloads(client: httpx.Client, outcome: str) -> float:
    return measured(client, "fazhi_model_reloads_total", outcome=outcome)


def test_workers_announce_themselves_once_and_all_are_ready(
    service: Running, client: httpx.Client
) -> None:
    assert len(service.announcement) == 2
    assert service.announcement[0].startswith("fazhi is ready at ")
    assert len(service.workers) == 2
    assert measured(client, "fazhi_ready") == 2
    assert service.log == ""


def test_metrics_add_up_over_workers(service: Running, client: httpx.Client) -> None:
    """Whichever worker is asked for them, and whichever ones answered."""

    def answered(status: str) -> float:
        return measured(client, "fazhi_requests_total", route="/v1/classify", status=status)

    names = ("sentences_total", "batch_sentences_sum", "queue_duration_seconds_count")
    before = {name: measured(client, f"fazhi_{name}") for name in names}
    answered_before, invalid_before = answered("200"), answered("422")
    for _ in range(20):
        assert client.post("/v1/classify", json=BODY).status_code == 200
    assert client.post("/v1/classify", json={}).status_code == 422
    # An answer is counted a moment after it was given, and here another worker may be asked.
    wait_until(lambda: answered("200") == answered_before + 20)
    wait_until(lambda: answered("422") == invalid_before + 1)
    after = {name: measured(client, f"fazhi_{name}") for name in names}
    assert after == {name: number + 20 for name, number in before.items()}
    assert measured(client, "fazhi_model_info", name="tiny") == 1


def test_good_model_is_swapped_in_by_every_worker_without_a_failed_request(
    service: Running, client: httpx.Client, model: Path, tiny_artifact: Path
) -> None:
    release(tiny_artifact, model, "2.0.0")
    workers = service.workers
    before = reloads(client, "swapped")
    with steady_load(service) as load:
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: reloads(client, "swapped") == before + 2, WAIT_SECONDS)
        swapped_at = len(load.versions)
        wait_until(lambda: len(load.versions) >= swapped_at + 20, WAIT_SECONDS)
    assert load.failures == []
    assert set(load.versions[:5]) == {"1.0.0"} and set(load.versions) == {"1.0.0", "2.0.0"}
    assert set(load.versions[swapped_at + 3 :]) == {"2.0.0"}, "three were on their way"
    assert service.workers == workers
    assert measured(client, "fazhi_model_info", version="2.0.0") == 1
    assert measured(client, "fazhi_model_info", version="1.0.0") == 0


def test_bad_model_leaves_the_old_one_and_each_worker_says_so_in_a_line(
    service: Running, client: httpx.Client, model: Path
) -> None:
    workers = service.workers
    version = client.get("/v1/model").json()["version"]
    swapped, refused = reloads(client, "swapped"), reloads(client, "refused")
    log = service.log
    card = (model / LAYOUT.card).read_bytes()
    (model / LAYOUT.card).write_bytes(card + b"changed")
    try:
        with steady_load(service) as load:
            service.process.send_signal(signal.SIGHUP)
            wait_until(lambda: reloads(client, "refused") == refused + 2, WAIT_SECONDS)
    finally:
        (model / LAYOUT.card).write_bytes(card)
    assert load.failures == [] and set(load.versions) == {version}
    assert reloads(client, "swapped") == swapped
    assert service.workers == workers
    lines = [json.loads(line) for line in service.log.removeprefix(log).splitlines()]
    assert len(lines) == 2
    for line in lines:
        assert (line["level"], line["logger"]) == ("error", "fazhi.model")
        assert f"{model}: {LAYOUT.card} has been changed" in line["message"]


def test_killed_worker_is_replaced_and_the_other_keeps_answering(
    service: Running, client: httpx.Client
) -> None:
    total = measured(client, "fazhi_sentences_total")
    killed, kept = sorted(service.workers)
    log = service.log
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: killed not in service.workers)
    answered = 0
    while len(service.workers) < 2 or answered < 20:
        assert client.post("/v1/classify", json=BODY).status_code == 200
        answered += 1
    assert kept in service.workers
    wait_until(lambda: measured(client, "fazhi_ready") == 2, WAIT_SECONDS)
    assert measured(client, "fazhi_sentences_total") == total + answered
    wait_until(lambda: measured(client, "fazhi_in_flight_requests") == 1)  # the question itself
    assert len(service.announcement) == 2, "it is announced once"
    assert service.log == log


def test_sigterm_lets_every_worker_finish_and_leaves_none(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    report = "".join(file.read_text("utf-8") for file in sorted(REPORTS.glob("*.txt"))) * 10
    arguments = ("--port", 0, "--workers", 2, "--model", tiny_artifact)
    settings = {
        "FAZHI_SHUTDOWN_GRACE_SECONDS": 90,
        # The kernel may hand all reports to one worker; its queue must hold them all.
        "FAZHI_MAX_QUEUE_TOKENS": 10_000_000,
    }
    with (
        serving(tmp_path, *arguments, **settings) as service,
        service.client() as client,
        ThreadPoolExecutor(4) as pool,
    ):
        workers = service.workers
        url = service.url
        answers = [pool.submit(ask, url, report) for _ in range(4)]
        wait_until(lambda: measured(client, "fazhi_in_flight_requests") == 5, WAIT_SECONDS)
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not is_ready(url))
        assert not all(answer.done() for answer in answers), "too short to prove anything"
        for answer in answers:
            assert answer.result().status_code == 200
        assert service.process.wait(timeout=WAIT_SECONDS) == 0
        assert not any(psutil.pid_exists(worker) for worker in workers)
        assert service.log == ""


def test_bad_folder_is_refused_and_not_tried_for_ever(tiny_artifact: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_artifact, tmp_path / "model")
    (folder / LAYOUT.graph).write_bytes(b"no graph")
    write_manifest(folder)
    with serving(tmp_path, "--port", 0, "--workers", 2, "--model", folder) as service:
        assert service.process.wait(timeout=WAIT_SECONDS) == 2
        assert service.announcement == [] and service.workers == set()
        *lines, last = service.log.splitlines()
    assert last == "error: a worker can't start; its line in the log says why"
    assert 1 <= len(lines) <= 2
    for line in map(json.loads, lines):
        assert line["message"].startswith(f"the worker can't start: {folder}: the model can't be")
    (folder / LAYOUT.manifest).unlink()
    line = refuse("--port", 0, "--workers", 2, "--model", folder)
    assert line == f"error: {folder}: manifest.json is missing or unreadable"


def test_workers_dont_outlive_a_supervisor_that_is_killed(model: Path, tmp_path: Path) -> None:
    with serving(tmp_path, "--port", 0, "--workers", 2, "--model", model) as running:
        workers = [psutil.Process(pid) for pid in running.workers]
        assert len(workers) == 2
        running.process.kill()
        gone, alive = psutil.wait_procs(workers, timeout=WAIT_SECONDS)
        assert (len(gone), alive) == (2, [])
