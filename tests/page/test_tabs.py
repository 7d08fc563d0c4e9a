"""The tabs beside the report show what `fazhi.analysis` finds, and follow threshold and corrections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from fazhi.analysis.coverage import cover
from tests.page.conftest import PHONE
from tests.page.reader import Reader
from tests.page.sample import FIRST_YEAR, SURE, TAXONOMY_READ, analysis, answer, units, years

TABS = ("coverage", "missing", "problems", "figures", "comparison")
ROLES = TAXONOMY_READ.role_ids


@pytest.fixture
def one(reader: Reader) -> Reader:
    reader.show([answer(analysis())])
    return reader


@pytest.fixture
def three(reader: Reader) -> Reader:
    reader.show(years())
    return reader


def cells(table: Locator) -> list[list[str]]:
    """Texts of the body of a table, row by row."""
    rows = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    return table.locator("tbody tr").evaluate_all(rows)


def table(reader: Reader, caption: str) -> Locator:
    return reader.page.locator("table:visible").filter(
        has=reader.page.locator("caption", has_text=caption)
    )


def correct(reader: Reader, unit_id: str, labels: list[str], role: str) -> None:
    reader.set({"corrections": {unit_id: {"labels": labels, "role": role}}})


def matrix(measure: str, found: dict[str, Any]) -> list[list[str]]:
    """The numbers that the coverage matrix should show."""
    return [
        [TAXONOMY_READ.label_by_id[label].name]
        + [str(getattr(row.roles[role], measure)) for role in ROLES]
        + [str(getattr(row, measure))]
        for label, row in found.items()
    ]


def test_the_coverage_matrix_has_the_numbers_of_the_analysis(one: Reader) -> None:
    one.tab("覆盖")
    found = analysis()[0].coverage
    assert [row[:6] for row in cells(table(one, "各主题、各角色的句数"))] == matrix("units", found)
    characters = one.page.get_by_role("radio", name="字数")
    characters.check()
    assert [row[:6] for row in cells(table(one, "各主题、各角色的字数"))] == matrix(
        "characters", found
    )
    expect(characters).to_be_focused()


def test_the_matrix_follows_the_threshold(one: Reader) -> None:
    one.tab("覆盖")
    one.set({"threshold": 0.9})
    sure = [
        type(said)(said.text, said.role, tuple(pair for pair in said.labels if pair[1] == SURE))
        for said in FIRST_YEAR
    ]
    made, source = analysis()
    expected = cover(units("x", source, sure), TAXONOMY_READ)
    assert expected != made.coverage
    assert [row[:6] for row in cells(table(one, "句数"))] == matrix("units", expected)


def test_a_column_sorts_down_up_and_back(one: Reader) -> None:
    one.tab("覆盖")
    total = one.page.get_by_role("columnheader", name="合计")
    in_order = cells(table(one, "句数"))
    for direction, sign in (("descending", -1), ("ascending", 1)):
        total.get_by_role("button").click()
        expect(total).to_have_attribute("aria-sort", direction)
        assert cells(table(one, "句数")) == sorted(in_order, key=lambda row: sign * int(row[5]))
    total.get_by_role("button").click()
    expect(total).to_have_attribute("aria-sort", "none")
    assert cells(table(one, "句数")) == in_order


def test_a_cell_leads_to_its_sentences(one: Reader) -> None:
    one.tab("覆盖")
    one.page.get_by_role("button", name="规范行政执法 × 存在问题：1").click()
    assert one.state("page.state.filter") == {"labels": ["enforcement_norms"], "roles": ["problem"]}
    expect(one.rows).to_have_count(1)
    expect(one.rows).to_contain_text("基层执法人员力量不足。")


def test_the_matrix_is_walked_with_the_arrow_keys(one: Reader) -> None:
    one.tab("覆盖")
    assert one.page.locator("table button.cell[tabindex='0']").count() == 1
    one.page.locator("button.cell[tabindex='0']").focus()
    focused = one.page.locator(":focus")
    expect(focused).to_have_accessible_name("第一责任人职责 × 成效举措：1")
    one.page.keyboard.press("ArrowDown")
    expect(focused).to_have_accessible_name("领导干部学法与培训 × 成效举措：1")
    one.page.keyboard.press("ArrowUp")
    one.page.keyboard.press("ArrowUp")  # nothing is above
    expect(focused).to_have_accessible_name("第一责任人职责 × 成效举措：1")
    one.page.keyboard.press("Enter")
    assert one.state("page.state.filter.labels") == ["first_responsible"]


def test_the_chart_has_a_bar_for_every_topic_and_role(one: Reader) -> None:
    one.tab("覆盖")
    chart = one.page.locator(".chart svg")
    expect(chart).to_have_attribute("role", "img")
    found = {label: row for label, row in analysis()[0].coverage.items() if row.units}
    assert chart.locator(".names text").count() == len(found)
    drawn = chart.locator("rect").evaluate_all(
        "bars => bars.filter(bar => bar.width.baseVal.value > 0).length"
    )
    assert drawn == sum(
        1 for row in found.values() for amount in row.roles.values() if amount.units
    )


def test_names_in_the_chart_are_drawn_in_chinese_glyphs(one: Reader) -> None:
    """A font without the characters would draw the same box for each of them."""
    one.tab("覆盖")
    draw = """text => { const font = getComputedStyle(text).font; const inked = character => {
        const context = Object.assign(document.createElement("canvas"), { width: 40, height: 40 }).getContext("2d");
        context.font = font; context.fillText(character, 5, 30);
        return context.getImageData(0, 0, 40, 40).data.join(); };
        return new Set([...new Set(text.textContent)].map(inked)).size; }"""
    name = one.page.locator(".names text", has_text="领导干部学法与培训")
    assert name.evaluate(draw) == len(set("领导干部学法与培训"))


def test_missing_topics_follow_the_checklist_and_a_correction(one: Reader) -> None:
    one.tab("缺项")
    missing = one.page.locator(".verdict li")
    assert missing.all_inner_texts() == ["热线与诉求办理"]
    topics = table(one, "县级政府清单中的主题")
    assert [(row[0], row[2]) for row in cells(topics)] == [
        ("热线与诉求办理", "0"),
        ("第一责任人职责", "1"),
        ("行政复议", "1"),
        ("普法", "1"),
    ]
    assert "《法治政府建设实施纲要》" in topics.inner_text()
    one.set({"threshold": 0.9})
    assert missing.all_inner_texts() == ["普法", "热线与诉求办理"]
    correct(one, "qinghe-2023-008", ["hotline"], "achievement")
    assert missing.all_inner_texts() == ["普法"]
    assert [row[:3] for row in cells(table(one, "组成部分"))] == [
        ["下一年度主要安排", "已写到", "2"],
        ["其他需要报告的情况", "未写到", "0"],
    ]


def test_a_report_without_a_checklist_says_so(reader: Reader) -> None:
    reader.show([answer(analysis(kind=None))])
    reader.tab("缺项")
    expect(reader.page.get_by_text("认不出发文机关的类别")).to_be_visible()


def test_problems_without_plans_stand_out(one: Reader) -> None:
    one.tab("问题与计划")
    pairs = table(one, "各主题的问题与计划")
    assert cells(pairs) == [
        ["规范行政执法", "基层执法人员力量不足。", "进一步充实执法力量。"],
        ["数字政府", "未见对应问题", "加快数字政府建设。"],
        ["普法", "普法形式单一。", "未见对应计划"],
    ]
    one.page.get_by_role("checkbox", name="只看没有对应的主题").check()
    assert [row[0] for row in cells(pairs)] == ["数字政府", "普法"]
    correct(one, "qinghe-2023-007", ["law_popularization"], "plan")
    assert cells(pairs) == []
    one.page.get_by_role("checkbox", name="只看没有对应的主题").uncheck()
    assert cells(pairs)[1] == ["普法", "普法形式单一。", "加快数字政府建设。"]


def test_a_sentence_leads_to_its_place(one: Reader) -> None:
    one.tab("问题与计划")
    one.page.get_by_role("button", name="普法形式单一。").click()
    assert one.state("page.state.selected") == "qinghe-2023-005"
    expect(one.row("普法形式单一。")).to_be_in_viewport()


def test_figures_stand_with_their_sentence_and_what_does_not_add_up(one: Reader) -> None:
    one.tab("数字")
    figures = table(one, "报告所列数字")
    assert [row[:5] for row in cells(figures)] == [
        ["行政复议收案数", "1,626", "件", "报告年度", "全县"],
        ["行政复议审结数", "1,536", "件", "报告年度", "全县"],
        ["行政复议审结率", "96.13", "%", "报告年度", "全县"],
        ["取消材料数", "61", "份", "报告年度", "全县"],
    ]
    assert figures.locator("mark").all_inner_texts() == ["1626件", "1536件", "96.13%", "61份"]
    doubts = one.page.locator(".doubts")
    expect(doubts).to_contain_text("1536÷1626=94.46%，文中为96.13%")
    assert doubts.locator("mark").inner_text() == "96.13%"
    one.page.get_by_role("checkbox", name="只看前后不一的").check()
    assert [row[0] for row in cells(figures)] == ["行政复议审结率"]
    one.page.get_by_role("checkbox", name="只看前后不一的").uncheck()
    one.page.get_by_label("查找指标").fill("材料")
    assert [row[0] for row in cells(figures)] == ["取消材料数"]
    expect(one.page.get_by_label("查找指标")).to_be_focused()
    one.page.get_by_label("查找指标").fill("")
    one.page.get_by_role("columnheader", name="数值").get_by_role("button").click()
    assert [row[1] for row in cells(figures)] == ["1,626", "1,536", "96.13", "61"]


def test_figures_are_copied_as_a_table(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    reader = Reader.open(page, url)
    reader.show([answer(analysis())])
    reader.tab("数字")
    page.get_by_role("button", name="复制本表").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[0].split("\t")[:5] == ["报告", "主题", "指标", "数值", "单位"]
    assert [line.split("\t")[3] for line in lines[1:]] == ["1626", "1536", "96.13", "61"]


def test_the_comparison_needs_two_reports(one: Reader) -> None:
    one.tab("比较")
    expect(one.page.get_by_text("打开两份以上的报告才能比较")).to_be_visible()


def test_the_comparison_shows_shares_by_report_and_group(three: Reader) -> None:
    three.tab("比较")
    column = 3 + TAXONOMY_READ.label_ids.index("enforcement_norms")  # after name, year, sentences
    by_report = cells(table(three, "各报告各主题"))
    assert [(row[0], row[1], row[2], row[column]) for row in by_report] == [
        ("青𠮷县人民政府", "2023", "8", "25"),
        ("青𠮷县人民政府", "2024", "5", "20"),
        ("澧台市司法局", "2023", "2", "50"),
    ]
    for name, expected in {
        "地区": {"澧台市": "50", "青𠮷县": "23"},
        "年份": {"2023年": "38", "2024年": "20"},
        "机关类别": {"部门": "50", "政府": "23"},
    }.items():
        three.page.get_by_role("radio", name=name).check()
        rows = cells(table(three, f"按{name}平均"))
        assert {row[0]: row[column - 1] for row in rows} == expected


def test_a_body_is_followed_over_the_years(three: Reader) -> None:
    three.tab("比较")
    series = three.page.locator("section", has_text="青𠮷县人民政府，2023—2024年")
    came, went = series.locator(".changes > div").all()
    assert came.locator("dd").all_inner_texts() == ["无"]
    gone = ["领导干部学法与培训", "营商环境", "数字政府"]
    assert went.locator(".topic").all_inner_texts() == gone
    names = series.locator("svg .name").all_text_contents()
    assert set(gone) <= set(names)


def test_sentences_carried_over_are_listed_beside_those_of_last_year(three: Reader) -> None:
    three.tab("比较")
    carried = cells(table(three, "沿用上年的句子"))
    assert [row[1:] for row in carried] == [
        [
            "县长带头履行推进法治建设第一责任人职责",
            "县长带头履行推进法治建设第一责任人职责。",
            "100%",
        ],
        ["2. 压减审批材料61份，", "压减审批材料61份。", "100%"],
    ]
    by_report = cells(table(three, "各报告各主题"))
    assert [row[-1] for row in by_report] == ["", "40%", ""]


def test_a_cell_of_the_comparison_opens_its_report(three: Reader) -> None:
    three.tab("比较")
    three.page.get_by_role("button", name="澧台市司法局 × 普法：50").click()
    assert three.state("page.state.current") == 2
    expect(three.rows).to_have_count(1)
    expect(three.rows).to_contain_text("开展法治宣传进校园活动20场。")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_tab_is_wider_than_a_phone(
    new_page: Callable[..., Page], url: str, scheme: str, language: str
) -> None:
    reader = Reader.open(new_page(viewport=PHONE, color_scheme=scheme), url)
    reader.show(years())
    reader.set({"language": language})
    for tab in TABS:
        reader.set({"tab": tab})
        expect(reader.page.locator(f"#panel-{tab} .tab")).to_be_visible()
        assert reader.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], tab
