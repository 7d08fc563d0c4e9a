"""The READMEs are true: their commands give what they show, their tree is the one on disk."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from fazhi.artifact import RELEASED_MODEL
from serving.errors import STATUS
from serving.metrics import Metrics
from serving.settings import Settings
from tests.tiny import ROOT

READMES = ("README.md", "README.zh-CN.md")
# int8 scores may move a little between kinds of CPU.
SCORE_TOLERANCE = 0.1
SERVICE_README = "serving/README.md"
WITH_REQUESTS = (*READMES, SERVICE_README)
ADDRESS = "127.0.0.1:8000"


def fences(readme: str, language: str) -> list[str]:
    text = (ROOT / readme).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def shown(readme: str, start: str) -> tuple[str, str]:
    """The command of a console block that begins so, and the output shown below it."""
    block = next(b for b in fences(readme, "console") if b.startswith(f"$ {start}"))
    command, _, output = block.partition("\n")
    return command.removeprefix("$ "), output


def assert_alike(got: Any, expected: Any) -> None:
    """Equal, but for floats, which may differ by the tolerance."""
    if isinstance(expected, float):
        assert got == pytest.approx(expected, abs=SCORE_TOLERANCE)
    elif isinstance(expected, dict):
        assert got.keys() == expected.keys()
        for key in expected:
            assert_alike(got[key], expected[key])
    elif isinstance(expected, list):
        assert len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            assert_alike(a, b)
    else:
        assert got == expected


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    command = [str(Path(sys.executable).with_name("fazhi")), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            match = re.search(r"http://\S+", process.stdout.readline())
            assert match, "the service printed no address"
            yield match.group()
        finally:
            process.terminate()


@pytest.mark.parametrize("readme", WITH_REQUESTS)
def test_the_requests_shown_get_the_answers_shown(readme: str, service: str) -> None:
    requests = [
        request
        for block in fences(readme, "console")
        for request in re.findall(rf"^\$ (curl -s http://{ADDRESS}/.*)\n(.+)$", block, re.MULTILINE)
    ]
    assert requests
    for command, output in requests:
        got = answer(command, service)
        expected = json.loads(re.sub(r", …(?=[]}]$)", "", output))
        if "…" in output and isinstance(got, dict):
            got = {key: got[key] for key in expected}
        elif "…" in output:
            got = got[: len(expected)]
        assert_alike(got, expected)


def answer(command: str, service: str) -> Any:
    """What a curl command gets from `service`."""
    words = shlex.split(command)
    options = [*pairwise(words)]
    headers = dict(value.split(": ") for option, value in options if option == "-H")
    body = next((value for option, value in options if option == "-d"), None)
    files = [("file", file(value)) for option, value in options if option == "-F"]
    url = words[2].replace(f"http://{ADDRESS}", service)
    method = "POST" if body or files else "GET"
    return httpx.request(
        method, url, content=body, files=files, headers=headers, timeout=30, trust_env=False
    ).json()


def file(field: str) -> tuple[str, bytes]:
    """What curl's `-F file=@path;filename=name` sends."""
    found = re.fullmatch(r"file=@([^;]+)(?:;filename=(.+))?", field)
    assert found, field
    return found[2] or Path(found[1]).name, (ROOT / found[1]).read_bytes()


@pytest.mark.parametrize("readme", READMES)
def test_the_report_shown_gets_the_units_shown(readme: str) -> None:
    command, output = shown(readme, ".venv/bin/fazhi classify")
    words = shlex.split(command)
    program = Path(sys.executable).with_name("fazhi")
    result = subprocess.run(
        [program, *words[1:]], capture_output=True, text=True, cwd=ROOT, check=True
    )
    expected = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert expected
    got = {row["id"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert_alike([got[row["id"]] for row in expected], expected)


@pytest.mark.parametrize("readme", READMES)
def test_the_comparison_shown_is_the_one_printed(readme: str) -> None:
    command, output = shown(readme, ".venv/bin/fazhi compare")
    program = Path(sys.executable).with_name("fazhi")
    result = subprocess.run(
        [program, *shlex.split(command)[1:]],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "80"},
        check=True,
    )
    got = {line[0]: line[1:] for line in map(cells, result.stdout.splitlines())}
    expected = [cells(line) for line in output.splitlines() if line != "…"]
    assert len(expected) > 4
    for name, *numbers in expected:
        assert [number.isdecimal() for number in numbers] == [n.isdecimal() for n in got[name]]
        # A score at its threshold falls on either side of it on another kind of CPU.
        for number, other in zip(numbers, got[name], strict=True):
            assert other == number or abs(value(other) - value(number)) <= 3


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("│┃ ").split("│" if "│" in line else "┃")]


def value(cell: str) -> float:
    return float(cell.removesuffix("%"))


def test_the_python_example_runs() -> None:
    (code,) = (c for c in fences("README.md", "python") if ADDRESS not in c)
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "body" in result.stdout


@pytest.mark.parametrize(
    "code", [c for readme in WITH_REQUESTS for c in fences(readme, "python") if ADDRESS in c]
)
def test_a_client_shown_prints_what_is_shown(code: str, service: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", code.replace(ADDRESS, service.removeprefix("http://"))],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == re.findall(r"  # (.+)$", code, re.MULTILINE) != []


def test_label_studio_can_be_connected_with_the_configuration_shown(service: str) -> None:
    (configuration,) = fences(SERVICE_README, "xml")
    url = f"{service}/integrations/label-studio/setup"
    response = httpx.post(url, json={"schema": configuration}, timeout=30, trust_env=False)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("readme", READMES)
def test_the_tree_shown_is_the_tree_on_disk(readme: str) -> None:
    (tree,) = fences(readme, "text")
    entries = [line.split()[0] for line in tree.splitlines() if line.strip()]
    tracked = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.splitlines()
    top = {f"{name.split('/')[0]}/" if "/" in name else name for name in tracked}
    folders = {entry for entry in top if entry.endswith("/") and not entry.startswith(".")}
    assert folders <= set(entries), "a folder isn't shown"
    for entry in entries:
        assert (ROOT / entry).exists(), f"{entry} isn't there"


@pytest.mark.parametrize("readme", READMES)
def test_every_make_target_is_mentioned(readme: str) -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    text = (ROOT / readme).read_text("utf-8")
    assert "serve" in targets
    missing = [t for t in targets if t != "help" and f"make {t}" not in text]
    assert not missing


def rows(start: str) -> list[str]:
    """Rows of the service's tables that begin so."""
    lines = (ROOT / SERVICE_README).read_text("utf-8").splitlines()
    return [line for line in lines if line.startswith(f"| {start}")]


def as_shown(default: object) -> str:
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, Path):
        return str(default.relative_to(ROOT))
    if default in (None, ""):
        return "–"
    return str(int(default) if isinstance(default, bool) else default)


def test_the_settings_shown_are_the_settings() -> None:
    assert rows("`FAZHI_") == [
        f"| `FAZHI_{name.upper()}` | {as_shown(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]


def test_the_errors_shown_are_the_errors() -> None:
    assert [row for start in "45" for row in rows(start)] == [
        f"| {status} | `{type_}` | {text} |" for type_, (status, text) in STATUS.items()
    ]


def test_the_metrics_shown_are_the_metrics() -> None:
    told = Metrics()._registry.collect()
    names = {f"{m.name}_total" if m.type == "counter" else m.name for m in told}
    assert {row.split("`")[1] for row in rows("`fazhi_")} == names


def test_help_lists_the_targets() -> None:
    result = subprocess.run(["make"], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "serve" in result.stdout and "Start the service" in result.stdout


def test_the_release_is_small_enough_to_commit() -> None:
    size = sum(path.stat().st_size for path in RELEASED_MODEL.iterdir())
    assert size <= 32_000_000


@pytest.mark.parametrize("readme", READMES)
def test_the_figures_shown_are_those_of_the_release(readme: str) -> None:
    metrics = json.loads((RELEASED_MODEL / "metrics.json").read_text("utf-8"))["test"]
    text = (ROOT / readme).read_text("utf-8")
    for key in ("micro_f1", "macro_f1", "none_f1", "role_accuracy"):
        assert f"{metrics[key]:.3f}" in text, key


def test_no_lock_file_names_an_address() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", pin) for pin in pins)
