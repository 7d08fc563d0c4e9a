from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from fazhi.comparison import compare
from fazhi.inputs import Failed
from fazhi.output import write_comparison_xlsx, write_xlsx
from tests.fazhi.analyses import SENTENCES, TAX, make_analysis, make_facts

FULL = make_analysis(
    "甲/报告", make_facts("青河县人民政府", 2023, "青河县", "government"), is_full=True
)
PLAIN = make_analysis(
    "乙", make_facts("青河县人民政府", 2022, "青河县", "government"), SENTENCES[:3]
)
FAILED = [Failed("丙.pdf", "the file is empty")]

Rows = list[dict[str, Any]]


def sheets(data: io.BytesIO) -> dict[str, Rows]:
    """Rows by column title, by sheet."""
    book = openpyxl.load_workbook(data)
    found = {}
    for sheet in book:
        header, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(header, row, strict=True)) for row in rows]
    return found


@pytest.fixture(scope="module")
def report_sheets() -> dict[str, Rows]:
    stream = io.BytesIO()
    write_xlsx([FULL, PLAIN], FAILED, TAX, stream)
    return sheets(stream)


def test_sheets(report_sheets: dict[str, Rows]) -> None:
    assert list(report_sheets) == [
        *("概览", "覆盖", "句子", "数字", "数字核对", "问题与计划", "清单", "未读文件")
    ]
    assert report_sheets["未读文件"] == [{"文件": "丙.pdf", "原因": "the file is empty"}]


def test_without_failures_there_is_no_sheet_for_them() -> None:
    stream = io.BytesIO()
    write_xlsx([PLAIN], [], TAX, stream)
    assert "未读文件" not in sheets(stream)


def test_overview(report_sheets: dict[str, Rows]) -> None:
    full, plain = report_sheets["概览"]
    assert (full["报告"], full["发布机关"], full["机关类型"], full["年度"]) == (
        *("甲/报告", "青河县人民政府", "政府", 2023),
    )
    assert (full["正文句数"], full["成效举措"], full["存在问题"], full["下步计划"]) == (4, 2, 1, 1)
    assert (full["数字"], full["数字疑误"], full["缺少主题数"]) == (1, 1, 1)
    assert (full["适用清单"], full["缺少主题"]) == ("县级政府", TAX.label_by_id["emergency"].name)
    assert (plain["数字"], plain["缺少主题数"], plain["缺少主题"]) == (0, None, None)


def test_coverage(report_sheets: dict[str, Rows]) -> None:
    rows = report_sheets["覆盖"]
    assert len(rows) == 2 * len(TAX.label_ids)
    row = next(row for row in rows if row["主题"] == "普法")
    assert (row["正文句数"], row["占正文"], row["成效举措"], row["下步计划"]) == (2, 0.5, 1, 1)
    assert (row["首次出现"], row["代表句"]) == ("甲/报告-003", SENTENCES[1][0])


def test_units(report_sheets: dict[str, Rows]) -> None:
    rows = report_sheets["句子"]
    assert len(rows) == len(FULL.units) + len(PLAIN.units)
    title, first, second = rows[:3]
    assert (title["类型"], title["角色"], title["主题得分"]) == ("文题", None, None)
    assert (first["编号"], first["句子"], first["主题"], first["角色"]) == (
        *("甲/报告-002", SENTENCES[0][0], "行政复议", "成效举措"),
    )
    assert (first["主题得分"], first["角色得分"], first["起"], first["止"]) == (0.9, 0.7, 20, 29)
    assert second["句子"].startswith("=HYPERLINK")


def test_figures_and_those_that_do_not_add_up(report_sheets: dict[str, Rows]) -> None:
    (figure,), (wrong,) = report_sheets["数字"], report_sheets["数字核对"]
    assert (figure["指标"], figure["数值"], figure["单位"]) == ("行政复议收案数", 42, "件")
    assert (figure["时期"], figure["范围"], figure["句子"]) == (None, "全县", SENTENCES[0][0])
    assert (wrong["类型"], wrong["文中"], wrong["计算"]) == ("比率", 7.1, 7.14)
    assert wrong["句子"] == SENTENCES[0][0]


def test_problems_and_plans(report_sheets: dict[str, Rows]) -> None:
    rows = [row for row in report_sheets["问题与计划"] if row["报告"] == "甲/报告"]
    assert {(row["主题"], row["角色"], row["对应"]) for row in rows} == {
        ("规范行政执法", "存在问题", "有问题无计划"),
        ("普法", "下步计划", "有计划无问题"),
    }


def test_checklist(report_sheets: dict[str, Rows]) -> None:
    rows = report_sheets["清单"]
    assert [(row["类别"], row["句数"], row["结果"]) for row in rows] == [
        *(("主题", 1, "有"), ("主题", 0, "缺少"), ("部分", 1, "有"))
    ]


@pytest.fixture(scope="module")
def comparison_sheets() -> dict[str, Rows]:
    stream = io.BytesIO()
    write_comparison_xlsx(compare([FULL, PLAIN], FAILED), TAX, stream)
    return sheets(stream)


def test_comparison(comparison_sheets: dict[str, Rows]) -> None:
    full, plain = comparison_sheets["报告对比"]
    assert (full["报告"], full["行政复议"], full["普法"]) == ("甲/报告", 0.25, 0.5)
    assert (full["沿用自"], full["沿用句数"], full["沿用占比"]) == ("乙", 3, 0.75)
    assert (plain["沿用自"], plain["沿用占比"]) == (None, None)
    assert comparison_sheets["主题句数"][0]["普法"] == 2
    assert set(full) >= {label.name for label in TAX.labels}


def test_groups_changes_and_carried_over_sentences(comparison_sheets: dict[str, Rows]) -> None:
    groups = [(row["分组"], row["组"], row["报告数"]) for row in comparison_sheets["分组对比"]]
    assert groups == [
        *(("地区", "青河县", 2), ("年度", "2022", 1), ("年度", "2023", 1)),
        ("机关类型", "政府", 2),
    ]
    assert comparison_sheets["历年变化"] == []
    carried = comparison_sheets["沿用句子"]
    assert [row["句子"] for row in carried] == [text for text, _, _ in SENTENCES[:3]]
    assert {row["相似度"] for row in carried} == {1}


def test_changes_over_the_years() -> None:
    now = make_analysis("今", make_facts("青河县", 2023), [("演练。", ("emergency",), "plan")])
    before = make_analysis("去", make_facts("青河县", 2022), SENTENCES[:1])
    stream = io.BytesIO()
    write_comparison_xlsx(compare([now, before]), TAX, stream)
    assert [(r["年度"], r["变化"], r["主题"]) for r in sheets(stream)["历年变化"]] == [
        *((2023, "新出现", "突发事件应对"), (2023, "不再出现", "行政复议"))
    ]
