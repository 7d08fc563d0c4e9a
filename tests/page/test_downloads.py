"""Saved files, read back: they say what the page shows, threshold and corrections included."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from playwright.sync_api import Page, expect

from tests.page.reader import Reader
from tests.page.sample import (
    FIRST_YEAR,
    SURE,
    TAXONOMY_READ,
    analysis,
    answer,
    said,
    years,
)

# Excel and LibreOffice need no named default style; openpyxl remarks on it.
pytestmark = pytest.mark.filterwarnings("ignore:Workbook contains no default style")

TITLE = "青𠮷县人民政府2023年度法治政府建设情况报告"
NAMES = {label.id: label.name for label in TAXONOMY_READ.labels}


@pytest.fixture
def one(reader: Reader) -> Reader:
    reader.show([answer(analysis())])
    return reader


def save(reader: Reader, button: str, folder: Path) -> Path:
    """Click a button that saves a file; where the file is then."""
    with reader.page.expect_download() as saving:
        reader.page.get_by_role("button", name=button, exact=True).click()
    path = folder / saving.value.suggested_filename
    saving.value.save_as(path)
    return path


def save_from_menu(reader: Reader, entry: str, folder: Path) -> Path:
    reader.page.get_by_role("button", name="下载", exact=True).click()
    return save(reader, entry, folder)


def rows(workbook: Workbook, sheet: str) -> list[dict[str, Any]]:
    titles, *lines = workbook[sheet].iter_rows(values_only=True)
    return [dict(zip(titles, line, strict=True)) for line in lines]


def csv_rows(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_workbook_says_what_the_page_shows(one: Reader, tmp_path: Path) -> None:
    one.set(
        {
            "threshold": 0.9,
            "corrections": {"qinghe-2023-008": {"labels": ["hotline"], "role": "plan"}},
        }
    )
    path = save_from_menu(one, "Excel 工作簿：本报告", tmp_path)
    assert path.name == f"{TITLE}-分析.xlsx"
    workbook = load_workbook(path)
    assert workbook.sheetnames == ["概览", "覆盖", "句子", "数字", "数字核对", "问题与计划", "清单"]
    assert all(sheet.freeze_panes == "A2" for sheet in workbook)

    one.tab("覆盖")
    shown = one.page.locator("table:visible tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].slice(0, 6).map(cell => cell.innerText))"
    )
    columns = ("主题", "成效举措", "存在问题", "下步计划", "背景说明", "正文句数")
    coverage = rows(workbook, "覆盖")
    assert [[str(row[column]) for column in columns] for row in coverage] == shown
    assert next(row["占正文"] for row in coverage if row["主题"] == "行政复议") == 0.125

    units = rows(workbook, "句子")
    assert [row["编号"] for row in units] == [f"qinghe-2023-{n:03d}" for n in range(1, 9)]
    assert (units[7]["主题"], units[7]["角色"], units[7]["已校正"]) == (
        "热线与诉求办理",
        "下步计划",
        "是",
    )
    assert units[7]["句子"] == FIRST_YEAR[7].text  # begins with “=”, and is no formula
    assert units[4]["主题"] is None  # below the threshold
    assert (units[0]["主题得分"], units[0]["角色得分"]) == (SURE, 0.97)
    assert analysis()[1][units[0]["起"] : units[0]["止"]] == FIRST_YEAR[0].text

    figures = rows(workbook, "数字")
    assert [(row["指标"], row["数值"], row["单位"]) for row in figures] == [
        ("行政复议收案数", 1626, "件"),
        ("行政复议审结数", 1536, "件"),
        ("行政复议审结率", 96.13, "%"),
        ("取消材料数", 61, "份"),
    ]
    assert [row["说明"] for row in rows(workbook, "数字核对")] == ["1536÷1626=94.46%，文中为96.13%"]
    assert rows(workbook, "概览")[0]["缺少主题"] == "普法"
    problems = rows(workbook, "问题与计划")
    assert [row["对应"] for row in problems if row["主题"] == "热线与诉求办理"] == ["有计划无问题"]
    checklist = {row["应有内容"]: row for row in rows(workbook, "清单")}
    assert checklist["热线与诉求办理"]["结果"] == "有"
    assert checklist["普法"]["结果"] == "缺少"
    assert checklist["其他需要报告的情况"]["依据"].startswith(
        "《法治政府建设与责任落实督察工作规定》"
    )


def test_a_workbook_of_all_reports_compares_them(reader: Reader, tmp_path: Path) -> None:
    reader.show(years())
    path = save_from_menu(reader, "Excel 工作簿：全部 3 份", tmp_path)
    assert path.name == "3份法治报告-分析.xlsx"
    workbook = load_workbook(path)
    assert len(rows(workbook, "覆盖")) == 3 * len(NAMES)
    compared = rows(workbook, "报告对比")
    assert [(row["年度"], row["规范行政执法"]) for row in compared] == [
        (2023, 0.25),
        (2024, 0.2),
        (2023, 0.5),
    ]
    assert [row["沿用占比"] for row in compared] == [None, 0.4, None]
    carried = rows(workbook, "沿用句子")
    assert [(row["编号"], row["上年编号"]) for row in carried] == [
        ("qinghe-2024-002", "qinghe-2023-002"),
        ("qinghe-2024-003", "qinghe-2023-003"),
    ]


def test_a_long_report_is_saved_as_well(reader: Reader, tmp_path: Path) -> None:
    """Sheets beyond 160 kB once waited for a worker that the policy forbids."""
    many = [
        said(f"第{n}个乡镇完成执法证件换发{n}本，群众满意。", enforcement_norms=SURE)
        for n in range(400)
    ]
    reader.show([answer(analysis(sentences=many))])
    workbook = load_workbook(
        save_from_menu(reader, "Excel 工作簿：本报告", tmp_path), read_only=True
    )
    assert sum(1 for _ in workbook["句子"].iter_rows()) == 401
    workbook.close()


def test_csv_has_a_byte_order_mark_and_guards_formulas(one: Reader, tmp_path: Path) -> None:
    path = save_from_menu(one, "CSV 句子表：本报告", tmp_path)
    assert path.name == f"{TITLE}-句子.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.read_bytes().count(b"\r\n") == 9
    found = csv_rows(path)
    assert [row["句子"] for row in found[:-1]] == [
        one.text.replace("，", ",") for one in FIRST_YEAR[:-1]
    ]
    assert found[-1]["句子"] == f"'{FIRST_YEAR[-1].text}".replace("，", ",")
    assert (found[2]["主题"], float(found[2]["主题得分"])) == ("放管服；营商环境", SURE)


@pytest.mark.parametrize(
    ("tab", "sheet", "column", "expected"),
    [
        ("覆盖", "覆盖", "主题", list(NAMES.values())),
        ("数字", "数字", "数值", ["1626", "1536", "96.13", "61"]),
        ("问题与计划", "问题与计划", "角色", ["存在问题", "下步计划", "下步计划", "存在问题"]),
        ("缺项", "清单", "结果", ["有", "有", "有", "缺少", "有", "缺少"]),
    ],
)
def test_every_tab_saves_its_table(
    one: Reader, tmp_path: Path, tab: str, sheet: str, column: str, expected: list[str]
) -> None:
    one.tab(tab)
    path = save(one, "下载本表 CSV", tmp_path)
    assert path.name == f"{TITLE}-{sheet}.csv"
    assert [row[column] for row in csv_rows(path)] == expected


def test_the_comparison_is_saved_one_row_a_report(reader: Reader, tmp_path: Path) -> None:
    reader.show(years())
    reader.tab("比较")
    with reader.page.expect_download() as saving:
        reader.page.get_by_role("button", name="下载全部 3 份 CSV").first.click()
    saving.value.save_as(tmp_path / "all.csv")
    found = csv_rows(tmp_path / "all.csv")
    assert [row["发布机关"] for row in found] == ["青𠮷县人民政府"] * 2 + ["澧台市司法局"]
    assert [float(row["普法"]) for row in found] == [0.125, 0.2, 0.5]


def test_an_html_file_shows_the_same_without_a_service(
    one: Reader, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    one.set({"corrections": {"qinghe-2023-008": {"labels": ["hotline"], "role": "plan"}}})
    path = save_from_menu(one, "HTML 网页（可离线打开）：本报告", tmp_path)
    saved = new_page(offline=True)
    saved.goto(path.as_uri())
    saved.wait_for_selector("html[data-ready]")
    for page in (one.page, saved):
        page.get_by_role("tab", name="覆盖", exact=True).click()
    shown, again = (
        page.locator("table:visible tbody tr").all_inner_texts() for page in (one.page, saved)
    )
    assert again == shown
    assert next(row for row in again if "热线" in row).split()[:4] == [
        "热线与诉求办理",
        "0",
        "0",
        "1",
    ]
    expect(saved.locator(".chart svg")).to_be_visible()


def test_a_report_with_an_odd_title_gets_a_file_name(reader: Reader, tmp_path: Path) -> None:
    odd = answer(analysis())
    odd["report"]["title"] = 'a/b\\c:d*e?"<f>|' + "长" * 100
    reader.show([odd])
    path = save_from_menu(reader, "CSV 句子表：本报告", tmp_path)
    assert path.name == f"a b c d e f {'长' * 48}-句子.csv"
