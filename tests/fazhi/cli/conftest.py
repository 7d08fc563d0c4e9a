"""Fixtures of the commands: run in this process with the tiny model, or in a shell."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fazhi.cli import main
from tests.fazhi.cli.commands import COMMAND, REPORT, UNITS, Run, Shell
from tests.tiny import ROOT


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def run(tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `fazhi classify …`."""
    monkeypatch.setenv("FAZHI_MODEL", str(tiny_artifact))

    def run(*arguments: object, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, ["classify", *map(str, arguments)], input=stdin)

    return run


@pytest.fixture
def compare(tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `fazhi compare …`."""
    monkeypatch.setenv("FAZHI_MODEL", str(tiny_artifact))

    def compare(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["compare", *map(str, arguments)])

    return compare


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder with a report and the same table of units as JSONL and CSV."""
    (tmp_path / "report.txt").write_text(REPORT, "utf-8")
    lines = [json.dumps(unit, ensure_ascii=False) for unit in UNITS]
    (tmp_path / "units.jsonl").write_text("\n".join(lines), "utf-8")
    with (tmp_path / "table.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, ["kind", "text", "id", "heading_path"])
        writer.writeheader()
        for unit in UNITS:
            writer.writerow({**unit, "heading_path": " > ".join(unit.get("heading_path", []))})
    return tmp_path


@pytest.fixture
def shell(tiny_artifact: Path) -> Shell:
    """Run `fazhi …` in a process of its own; `$fazhi` stands for the command."""

    def shell(script: str) -> subprocess.CompletedProcess[str]:
        quoted = "fazhi() { " + f'\'{COMMAND[0]}\' -c "{COMMAND[2]}" "$@"; }}; set -o pipefail\n'
        return subprocess.run(
            ["bash", "-c", quoted + script],
            cwd=ROOT,
            env={**os.environ, "FAZHI_MODEL": str(tiny_artifact), "LC_ALL": "C"},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return shell
