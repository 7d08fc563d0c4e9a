"""What tests of the commands have in common."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from click.testing import Result

REPORT = "一、工作情况\n全年办理行政复议案件42件。组织培训3次。\n二、存在问题\n执法力量不足。\n"
UNITS: list[dict[str, Any]] = [
    {"id": "b", "text": "执法力量不足。", "heading_path": ["二、存在问题"]},
    {"id": "a", "text": "二、存在问题", "kind": "heading"},
    {"text": "发布时间：2023-01-10", "kind": "meta"},
]
COMMAND = [sys.executable, "-c", "from fazhi.cli import main; main(prog_name='fazhi')"]

Run = Callable[..., Result]
Shell = Callable[[str], "subprocess.CompletedProcess[str]"]


def rows(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def csv_rows(output: str) -> list[dict[str, str]]:
    assert output.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(output[1:], newline="")))


def assert_refused(result: Result, *messages: object) -> None:
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ") and result.stderr.endswith("\n")
    assert result.stderr.count("\n") == 1
    for message in messages:
        assert str(message) in result.stderr
