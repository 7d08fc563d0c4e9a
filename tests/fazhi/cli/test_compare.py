from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from fazhi.cli import main
from tests.fazhi.cli.commands import Run, assert_refused, csv_rows
from tests.fazhi.samples import SOURCES

COUNTY = SOURCES["open-heling-county"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The same body's reports of two years, another body's, and a bad file."""
    later = COUNTY.replace("2021", "2022").replace("84%", "85%")
    texts = {"2021": COUNTY, "2022": later, "局": SOURCES["open-lanting-market"], "空": ""}
    (tmp_path / "in").mkdir()
    for name, text in texts.items():
        (tmp_path / "in" / f"{name}.txt").write_text(text, "utf-8")
    return tmp_path / "in"


def test_one_row_a_report_one_column_a_topic(compare: Run, folder: Path) -> None:
    result = compare(folder, "--format", "csv")
    assert result.exit_code == 1 and "1 of 4 files" in result.stderr
    rows = csv_rows(result.stdout)
    assert [(row["report"], row["year"]) for row in rows] == [
        *(("2021", "2021"), ("2022", "2022"), ("局", "2020"))
    ]
    for row in rows:
        for key, share in row.items():
            if key.startswith("share_"):
                units = int(row[key.replace("share_", "count_")])
                assert float(share) == pytest.approx(units / int(row["units"]), abs=1e-4)
    assert [row["carried_over_from"] for row in rows] == ["", "2021", ""]
    assert float(rows[1]["carried_over_share"]) > 0.9


def test_json_is_the_answer_of_the_service(compare: Run, folder: Path) -> None:
    answer = json.loads(compare(folder, "--format", "json").stdout)
    assert answer["model"] == {"name": "tiny", "version": "1.2.3"}
    assert [row["name"] for row in answer["reports"]] == ["2021", "2022", "局"]
    assert [(s["issuer"], s["years"]) for s in answer["series"]] == [
        ("鹤岭县人民政府", [2021, 2022])
    ]
    assert answer["failed"] == [{"name": str(folder / "空.txt"), "reason": "the file is empty"}]


def test_html_opens_with_the_comparison(compare: Run, folder: Path) -> None:
    html = compare(folder, "--format", "html").stdout
    data = json.loads(html.partition('id="embedded">')[2].partition("</script>")[0])
    assert [answer["report"]["name"] for answer in data["analyses"]] == ["2021", "2022", "局"]
    assert data["tab"] == "comparison"


def test_table_is_the_default(compare: Run, folder: Path) -> None:
    text = compare(folder).stdout
    assert "沿用" in text and "行政复议" in text and "局" in text


def test_xlsx_into_a_file(compare: Run, folder: Path, tmp_path: Path) -> None:
    compare(folder, "--format", "xlsx", "-o", tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames == [
        *("报告对比", "主题句数", "分组对比", "历年变化", "沿用句子", "未读文件")
    ]
    assert not (tmp_path / "out.xlsx.partial").exists()


def test_a_table_of_units_cannot_be_compared(compare: Run, inputs: Path) -> None:
    assert_refused(compare(inputs / "report.txt", inputs / "units.jsonl"), "is a table of units")


def test_xlsx_is_kept_off_the_screen(
    compare: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fazhi.cli import destination

    class Screen:
        @staticmethod
        def isatty() -> bool:
            return True

    class Sys:
        stdout = Screen

    monkeypatch.setattr(destination, "sys", Sys)
    assert_refused(compare(folder, "--format", "xlsx"), "name a file for it with -o")


def test_help() -> None:
    assert "one column a topic" in CliRunner().invoke(main, ["compare", "--help"]).stdout
