"""Paste a report, read it, filter it, move the threshold."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from fazhi.report import parse_report
from tests.page.reader import REPORT, Reader


def test_a_pasted_report_is_shown_whole_as_printed(reader: Reader) -> None:
    reader.paste(REPORT)
    units = parse_report(REPORT).units
    texts = reader.page.locator(".unit .text").all_inner_texts()
    printed = [re.sub(r"\s*\n\s*", "", REPORT[unit.start : unit.end]) for unit in units]
    assert ["".join(text.split()) for text in texts] == ["".join(text.split()) for text in printed]
    expect(reader.page.locator("h2.text")).to_have_text(
        "鹤岭县人民政府关于2021年度法治政府建设情况的报告"
    )
    expect(reader.page.locator(".facts")).to_contain_text("2021 年度")


def test_offsets_hold_beyond_the_basic_plane(reader: Reader) -> None:
    text = "一、𠮷林县工作情况\n召开𠮷林县法治会议2次。制定文件3件。\n办结复议案件4件。"
    reader.paste(text)
    expect(reader.rows.locator(".text")).to_have_text(
        ["召开𠮷林县法治会议2次。", "制定文件3件。", "办结复议案件4件。"]
    )
    starts = reader.rows.evaluate_all("all => all.map(e => e.classList.contains('paragraph'))")
    assert starts == [True, False, True]


def test_every_sentence_shows_the_topics_and_the_role_of_the_answer(reader: Reader) -> None:
    reader.paste(REPORT)
    units = reader.state("page.currentAnalysis().units")
    names = {label["id"]: label["name"] for label in reader.state("page.state.taxonomy.labels")}
    letters = {"achievement": "成", "problem": "问", "plan": "计", "background": "背"}
    body = [unit for unit in units if unit["kind"] == "body"]
    assert {unit["role"] for unit in body} >= {"achievement", "problem", "plan"}
    for unit in body:
        row = reader.page.locator(f'.unit[data-id="{unit["id"]}"]')
        assert row.locator(".chip").all_inner_texts() == [names[label] for label in unit["labels"]]
        assert row.locator(".mark").inner_text() == letters[unit["role"]]


def test_a_click_on_a_topic_shows_its_sentences_alone_and_again_all(reader: Reader) -> None:
    reader.paste(REPORT)
    every = reader.rows.count()
    chip = reader.page.locator(".unit.body .chip[data-label=fangguanfu]").first
    chip.click()
    assert 0 < reader.rows.count() < every
    assert reader.rows.locator("[data-label=fangguanfu]").count() == reader.rows.count()
    expect(reader.page.get_by_text(f"只看 放管服：{reader.rows.count()} 句")).to_be_visible()
    chip.click()
    assert reader.rows.count() == every


def test_topics_and_roles_filter_together_and_count_each_other(reader: Reader) -> None:
    reader.paste(REPORT)
    toggles = reader.page.locator(".filters")
    toggles.get_by_role("button", name="存在问题").click()
    problems = reader.rows.count()
    assert problems == reader.page.locator(".unit.body .mark[data-role=problem]").count()
    for label in reader.page.locator(".toggle[data-kind=labels]:not(.empty)").all():
        shown = int(label.locator(".count").inner_text())
        label.click()
        assert reader.rows.count() == shown
        label.click()
    reader.page.get_by_label("保留上下文").check()
    assert reader.rows.count() == reader.page.locator(".unit.body").count()
    assert reader.page.locator(".unit.body:not(.faint)").count() == problems
    reader.page.get_by_role("button", name="清除筛选").click()
    assert reader.page.locator(".faint").count() == 0


def test_headings_above_nothing_that_is_shown_are_left_out(reader: Reader) -> None:
    reader.paste(REPORT)
    reader.page.locator(".toggle[data-id=problem]").click()
    shown = reader.page.locator(".unit.heading:not(.out) .text").all_inner_texts()
    assert shown == ["二、存在的主要问题"]


def test_the_threshold_acts_at_once_on_every_sentence(reader: Reader) -> None:
    reader.paste(REPORT)
    units = reader.state("page.bodyUnits(page.currentAnalysis())")
    slider = reader.page.get_by_label("判定阈值")
    for threshold in (0.05, 0.95):
        slider.fill(str(threshold))
        expected = sum(score >= threshold for unit in units for score in unit["scores"].values())
        expect(reader.page.locator(".unit.body .chip")).to_have_count(expected)
        expect(reader.page.locator(".threshold output")).to_have_text(f"得分 ≥ {threshold:.2f}")
    reader.page.get_by_role("button", name="恢复模型自带").click()
    expect(reader.page.locator(".unit.body .chip")).to_have_count(
        sum(len(u["labels"]) for u in units)
    )


def test_hover_shows_scores_and_escape_hides_them(reader: Reader) -> None:
    reader.paste(REPORT)
    row = reader.row("压减审批时限")
    row.hover()
    tip = reader.page.get_by_role("tooltip")
    expect(tip).to_be_visible()
    unit = reader.state(
        f"page.currentAnalysis().units.find(u => u.id === '{row.get_attribute('data-id')}')"
    )
    strongest = max(unit["scores"].values())
    expect(tip.locator(".value").first).to_have_text(f"{strongest:.2f}")
    reader.page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_the_outline_leads_to_its_headings_and_counts_sentences(reader: Reader) -> None:
    reader.paste(REPORT)
    outline = reader.page.get_by_role("navigation", name="提纲")
    headings = [u.text for u in parse_report(REPORT).units if u.kind == "heading"]
    assert outline.get_by_role("button").count() == len([h for h in headings])
    outline.get_by_role("button", name="三、下一步工作打算").click()
    expect(reader.row("三、下一步工作打算")).to_be_in_viewport()
    reader.page.locator(".toggle[data-id=plan]").click()
    expect(outline.get_by_role("button", name="三、下一步工作打算").locator(".count")).to_have_text(
        str(reader.rows.count())
    )


def test_the_strip_is_coloured_and_leads_to_its_place(reader: Reader) -> None:
    reader.paste(REPORT)
    colours = reader.page.evaluate(
        "() => { const c = document.querySelector('.strip canvas');"
        " const d = c.getContext('2d').getImageData(2, 0, 1, c.height).data; const seen = new Set();"
        " for (let i = 0; i < d.length; i += 4) seen.add(d.slice(i, i + 3).join()); return seen.size; }"
    )
    assert colours > 5
    box = reader.page.locator(".strip").bounding_box()
    assert box
    reader.page.mouse.click(box["x"] + 3, box["y"] + box["height"] - 2)
    expect(reader.row("锚定省级示范创建目标")).to_be_in_viewport()


def test_the_language_changes_everywhere(reader: Reader) -> None:
    reader.paste(REPORT)
    reader.page.get_by_role("button", name="English").click()
    expect(reader.page.locator("html")).to_have_attribute("lang", "en")
    expect(reader.page.get_by_role("navigation", name="Outline")).to_be_visible()
    expect(
        reader.page.locator(".unit.body .chip", has_text="Streamlining administration").first
    ).to_be_visible()
    shell = reader.page.locator("header.bar, .side, [role=tablist], .outline summary, .foot")
    assert not re.search(r"[\u4e00-\u9fff]", " ".join(shell.all_inner_texts()).replace("中文", ""))
    reader.page.get_by_role("button", name="中文").click()
    expect(reader.page.get_by_role("navigation", name="提纲")).to_be_visible()


def test_both_languages_have_the_same_words(reader: Reader) -> None:
    strings = reader.page.evaluate(
        "async () => (await import(document.querySelector('script[src]').src"
        ".replace('app.js', 'strings.js'))).strings"
    )
    named = re.compile(r"(label|group|role)\.")  # Chinese names come from the service
    assert set(strings["zh"]) == {key for key in strings["en"] if not named.match(key)}
    for key, text in strings["zh"].items():
        assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", strings["en"][key]), key
