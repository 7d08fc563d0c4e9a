"""`fazhi serve` as a process of its own: what it prints, how it refuses, how it ends."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.serving.command import (
    SECRET,
    Running,
    ask,
    environment,
    is_ready,
    refuse,
    serving,
)
from tests.serving.service import wait_until
from tests.tiny import REPORTS


@pytest.fixture(scope="module")
def running(tiny_artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("serve")
    with serving(folder, "--port", 0, "--model", tiny_artifact) as service:
        yield service


@pytest.fixture(scope="module")
def long_report() -> str:
    """Work for seconds."""
    return "".join(file.read_text("utf-8") for file in sorted(REPORTS.glob("*.txt"))) * 20


def test_announcement_says_where(running: Running) -> None:
    first, second = running.announcement
    assert running.log == ""
    assert first == f"fazhi is ready at {running.url} (API: {running.url}/docs)"
    assert second.startswith("try:  curl ")
    assert running.url.startswith("http://127.0.0.1:") and not running.url.endswith(":0")
    assert httpx.get(f"{running.url}/docs", trust_env=False).status_code == 200


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_announced_curl_command_works(running: Running) -> None:
    command = running.announcement[1].removeprefix("try:")
    done = subprocess.run(
        command, shell=True, capture_output=True, timeout=60, env=environment(NO_PROXY="*")
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["model"] == {"name": "tiny", "version": "1.2.3"}
    assert len(answer["results"]) == 1


def test_log_and_output_hold_no_sentence(running: Running) -> None:
    url = running.url
    with httpx.Client(base_url=url, trust_env=False) as client:
        for path, body, status in (
            ("/v1/classify", {"sentences": [SECRET]}, 200),
            ("/v1/reports", {"text": SECRET, "name": SECRET}, 200),
            ("/v1/classify", {"sentences": [SECRET], "threshold": SECRET}, 422),
            ("/v1/classify", {"sentences": [SECRET * 5_000]}, 413),
            ("/v1/reports", {SECRET: SECRET}, 422),
            (f"/{SECRET}?q={SECRET}", {}, 404),
        ):
            assert client.post(path, json=body).status_code == status
        broken = json.dumps({"text": SECRET}, ensure_ascii=False)[:-1].encode()
        headers = {"Content-Type": "application/json"}
        assert client.post("/v1/reports", content=broken, headers=headers).status_code == 400
        for form in (f"--x\r\n{SECRET}: a\r\n\r\n".encode(), SECRET.encode()):
            headers = {"Content-Type": "multipart/form-data; boundary=x"}
            assert client.post("/v1/reports", content=form, headers=headers).status_code == 400
        file = {"file": (f"{SECRET}.xyz", SECRET.encode())}
        assert client.post("/v1/reports", files=file).status_code == 415
    with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as raw:
        raw.sendall(f"GET /{SECRET} nonsense\r\n\r\n".encode())
        assert raw.recv(4_096).startswith(b"HTTP/1.1 400")
    assert len(running.announcement) == 2, "nothing else is printed"
    for form in (SECRET, json.dumps(SECRET)[1:-1], quote(SECRET)):
        assert form not in running.log
    assert "Traceback" not in running.log
    assert all(json.loads(line) for line in running.log.splitlines()), "no library's own lines"


def test_answers_come_without_the_delay_of_small_packets(running: Running) -> None:
    """Nagle's algorithm and delayed acknowledgement cost 40 ms an answer."""
    with httpx.Client(base_url=running.url, trust_env=False) as client:
        answers = [client.get("/health/live") for _ in range(50)]
    assert min(answer.elapsed.total_seconds() for answer in answers[10:]) < 0.03


def test_missing_model_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    assert refuse("--port", 0, "--model", folder) == f"error: {folder}: no such model folder"


def test_tampered_model_is_refused(tiny_artifact: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_artifact, tmp_path / "tampered")
    with (folder / "model.onnx").open("ab") as graph:
        graph.write(b"\0")
    line = refuse("--port", 0, FAZHI_MODEL=folder)
    assert line.startswith(f"error: {folder}: model.onnx has been changed")


def test_taken_port_is_refused(tiny_artifact: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refuse("--port", port, "--model", tiny_artifact)
    assert line == f"error: can't listen on 127.0.0.1:{port}: Address already in use"


def test_of_two_starts_on_one_port_one_is_refused(tiny_artifact: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        arguments = ("--port", free.getsockname()[1], "--model", tiny_artifact)
    with ThreadPoolExecutor(2) as pool:
        folders = [tmp_path / "a", tmp_path / "b"]
        starts = [pool.submit(announce_and_stop, folder, *arguments) for folder in folders]
    ends = sorted(start.result() for start in starts)
    assert [(code, log.count("\n")) for code, log in ends] == [(0, 0), (2, 1)]


def announce_and_stop(folder: Path, *arguments: object) -> tuple[int, str]:
    folder.mkdir()
    with serving(folder, *arguments) as service:
        if service.announcement:
            time.sleep(2)  # longer than the other takes to start
            service.process.terminate()
        return service.process.wait(timeout=30), service.log


@pytest.mark.parametrize(
    ("name", "value", "beginning"),
    [
        ("FAZHI_PORT", "abc", "FAZHI_PORT: "),
        ("FAZHI_THREADS", "0", "FAZHI_THREADS: "),
        ("FAZHI_HOST", "a..b", "can't listen on a..b:8000: "),
    ],
)
def test_bad_variable_is_refused(
    name: str, value: str, beginning: str, tiny_artifact: Path
) -> None:
    assert refuse("--model", tiny_artifact, **{name: value}).startswith(f"error: {beginning}")


def test_missing_packages_are_named() -> None:
    code = "import sys; sys.modules['uvicorn'] = None; from fazhi.cli import main; main(['serve'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment()
    )
    assert done.returncode == 2
    assert re.fullmatch(r"error: .*uvicorn.* pip install 'fazhi\[serving\]'\n", done.stderr)


def test_request_to_reload_doesnt_end_a_service_that_is_still_starting(tmp_path: Path) -> None:
    """Sent here at the moment when the model folder is looked for, which isn't there."""
    code = """if True:
        import os, signal
        from pathlib import Path
        from fazhi.artifact import Artifact
        from fazhi.cli import main
        load = Artifact.load
        def hang_up(folder: Path) -> Artifact:
            os.kill(os.getpid(), signal.SIGHUP)
            return load(folder)
        Artifact.load = hang_up
        main(["serve", "--port", "0", "--model", "none"])
    """
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (2, "error: none: no such model folder\n")


def test_option_beats_variable_and_interrupt_ends_it_quietly(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    with serving(tmp_path, "--port", 0, FAZHI_PORT="abc", FAZHI_MODEL=tiny_artifact) as service:
        assert is_ready(service.url)
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(timeout=30) == 0
        assert service.log == ""


def test_sigterm_lets_the_running_request_finish(
    tiny_artifact: Path, tmp_path: Path, long_report: str
) -> None:
    with (
        serving(tmp_path, "--port", 0, "--model", tiny_artifact) as service,
        ThreadPoolExecutor(1) as pool,
    ):
        answer = pool.submit(ask, service.url, long_report)
        time.sleep(0.5)
        assert is_ready(service.url), "a long report must not hold up the health check"
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not is_ready(service.url))
        assert not answer.done(), "the request was too short to prove anything"
        assert answer.result().status_code == 200
        assert len(answer.result().json()["units"]) > 5_000
        assert service.process.wait(timeout=30) == 0
        assert service.log == ""


def test_sigterm_cuts_off_what_outlives_the_grace_period(
    tiny_artifact: Path, tmp_path: Path, long_report: str
) -> None:
    with (
        serving(
            tmp_path, "--port", 0, "--model", tiny_artifact, FAZHI_SHUTDOWN_GRACE_SECONDS=0
        ) as service,
        ThreadPoolExecutor(1) as pool,
    ):
        answer = pool.submit(ask, service.url, long_report * 3)
        time.sleep(0.5)
        assert is_ready(service.url)
        service.process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        assert service.process.wait(timeout=30) == 0
        assert time.monotonic() - started < 3, "it waited for the work"
        assert answer.result().status_code == 503
        assert answer.result().json() == {
            "error": {"type": "not_ready", "message": "The service is stopping."}
        }
        assert "Traceback" not in service.log
