"""The Dockerfile, what its build context lets through, and its health check."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.deploy.files import DEPLOY, ROOT, dockerfile


def instruction(name: str) -> list[str]:
    return [argument for given, argument in dockerfile() if given == name]


def test_commands_are_in_exec_form() -> None:
    assert [*map(json.loads, instruction("ENTRYPOINT")), *map(json.loads, instruction("CMD"))] == [
        ["fazhi"],
        ["serve"],
    ]
    (check,) = instruction("HEALTHCHECK")
    assert json.loads(check.partition("CMD ")[2]) == ["python", "/opt/fazhi/healthcheck.py"]


def test_installs_the_pinned_service_and_nothing_else() -> None:
    installs = [run for run in instruction("RUN") if "pip install" in run]
    assert len(installs) == 2
    assert "--constraint constraints.txt" in installs[0]
    assert "--no-deps" in installs[1]
    code = installs[0].partition('python -c "')[2].partition('"')[0]
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.split("\n")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["serving"]]
    assert printed == [*wanted, ""]
    assert not [line for line in printed if line.startswith("torch")]


def test_what_is_copied_is_let_through_and_is_there() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {
        source
        for argument in instruction("COPY")
        if not argument.startswith("--from")
        for source in argument.split()[:-1]
    }
    assert copied == allowed
    for source in copied:
        assert (ROOT / source).exists(), source


class Answering(BaseHTTPRequestHandler):
    """Answers 200 on the path that readiness has, on a ready server."""

    ready = True

    def do_GET(self) -> None:
        self.send_response(200 if self.ready and self.path == "/health/ready" else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def health_check(port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, DEPLOY / "healthcheck.py"],
        env={"FAZHI_PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_healthy_when_ready(port: int) -> None:
    assert health_check(port).returncode == 0


def test_unhealthy_when_not_ready(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answering, "ready", False)
    result = health_check(port)
    assert result.returncode == 1
    assert result.stderr == f"port {port}: /health/ready answers 503\n"


def test_unhealthy_when_nobody_listens(port: int) -> None:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        unused = server.server_port
    result = health_check(unused)
    assert result.returncode == 1
    assert result.stderr.startswith(f"port {unused}: ")
