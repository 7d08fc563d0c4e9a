"""What `fazhi/output/README.md` says of the files is so, and its recipes run."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest

from fazhi.comparison import compare
from fazhi.inputs import Failed
from fazhi.output import (
    write_comparison_csv,
    write_comparison_xlsx,
    write_csv,
    write_xlsx,
)
from fazhi.tagging import TaggedUnit
from tests.fazhi.analyses import TAX, make_analysis, make_facts
from tests.tiny import ROOT

TEXT = (ROOT / "fazhi/output/README.md").read_text("utf-8")
ANALYSES = [
    make_analysis("a", make_facts("青河县", 2023), is_full=True),
    make_analysis("b", make_facts("白石县", 2022)),
]
COMPARISON = compare(ANALYSES)


def documented(start: str) -> list[str]:
    """First column of the table that follows a line."""
    rows = re.findall(r"^\| `([^`]+)` \|", TEXT.split(start)[1].split("\n\n")[1], re.MULTILINE)
    names: list[str] = []
    for name in rows:
        ids = {"<role>": TAX.role_ids, "<topic>": TAX.label_ids}
        pattern = next((p for p in ids if p in name), None)
        names += [name.replace(pattern, i) for i in ids[pattern]] if pattern else [name]
    return names


def units_csv() -> str:
    stream = io.StringIO()
    units: list[TaggedUnit] = [unit for analysis in ANALYSES for unit in analysis.units]
    write_csv([{"report": "a", **unit.to_json("m@1")} for unit in units], stream)
    return stream.getvalue()


def reports_csv() -> str:
    stream = io.StringIO()
    write_comparison_csv(COMPARISON, stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("start", "content"),
    [("Units (`fazhi", units_csv()), ("Reports (`fazhi", reports_csv())],
    ids=["units", "reports"],
)
def test_the_columns_are_those_of_the_files(start: str, content: str) -> None:
    header = next(csv.reader(io.StringIO(content[1:])))
    assert documented(start) == header


def test_the_sheets_are_those_of_the_files() -> None:
    import openpyxl

    (row,) = re.findall(r"^\| `xlsx` \| (.*) \| (.*) \|$", TEXT, re.MULTILINE)
    report, comparison = io.BytesIO(), io.BytesIO()
    write_xlsx(ANALYSES, [], TAX, report)
    write_comparison_xlsx(COMPARISON, TAX, comparison)
    got = [openpyxl.load_workbook(book).sheetnames for book in (report, comparison)]
    assert got == [sheets.split() for sheets in row]
    assert Failed("a", "b") and "未读文件" in TEXT


def test_the_recipes_for_pandas_run(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text(units_csv(), "utf-8")
    (tmp_path / "reports.csv").write_text(reports_csv(), "utf-8")
    names: dict[str, Any] = {}
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        for code in re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL):
            exec(code, names)
    finally:
        os.chdir(before)
    assert len(names["long"]) == 8 and names["wide"]["law_popularization"].sum() == 4
    assert names["by_role"].loc["law_popularization", "plan"] == 2
    assert names["units"]["start"].dtype.kind == "i" and names["units"]["truncated"].dtype == bool
    shares = names["shares"]
    assert len(shares) == 2 * len(TAX.label_ids)
    assert set(shares[shares["label"] == "law_popularization"]["share"]) == {0.5}
    assert str(names["reports"]["n_missing"].dtype) == "Int64"
    assert names["by_year"].loc[2023, "law_popularization"] == 0.5
