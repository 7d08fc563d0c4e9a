from __future__ import annotations

import csv
import io

import pytest

from fazhi.comparison import compare
from fazhi.output import write_comparison_csv, write_comparison_table
from tests.fazhi.analyses import SENTENCES, TAX, make_analysis, make_facts

COMPARISON = compare(
    [
        make_analysis("=a", make_facts("青河县", 2023), is_full=True),
        make_analysis("[b]", make_facts("青河县", 2022), SENTENCES[:3]),
    ]
)


def test_csv_is_wide_and_safe() -> None:
    stream = io.StringIO()
    write_comparison_csv(COMPARISON, stream)
    assert stream.getvalue().startswith("\ufeffreport,title,issuer,")
    full, plain = csv.DictReader(io.StringIO(stream.getvalue()[1:], newline=""))
    assert (full["report"], full["units"], full["role_plan"], full["figures"]) == (
        "'=a",
        "4",
        "1",
        "1",
    )
    assert (full["n_missing"], full["missing"], plain["n_missing"]) == ("1", "emergency", "")
    assert (full["carried_over_from"], full["carried_over_share"]) == ("[b]", "0.75")
    assert (full["count_law_popularization"], full["share_law_popularization"]) == ("2", "0.5")
    assert [key.removeprefix("share_") for key in full if key.startswith("share_")] == [
        *TAX.label_ids
    ]


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_table_is_for_people(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO()
    write_comparison_table(COMPARISON, TAX, stream)
    lines = stream.getvalue().splitlines()
    row = next(line for line in lines if "[b]" in line)
    assert "2022" in row
    topic = next(line for line in lines if "普法" in line)
    assert "50.0%" in topic and "41.7%" in topic and "33.3%" in topic
