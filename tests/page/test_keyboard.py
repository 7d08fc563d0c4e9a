"""The page without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.page.reader import REPORT, Reader


def focused(reader: Reader) -> str:
    return reader.page.evaluate("document.activeElement.closest('.unit')?.dataset.id ?? ''")


def test_a_report_is_pasted_read_filtered_and_corrected_with_keys_alone(reader: Reader) -> None:
    page, keys = reader.page, reader.page.keyboard
    page.get_by_label("或者粘贴报告全文").focus()
    keys.insert_text(REPORT)
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_selector(".unit")
    page.locator(".mark[tabindex='0']").focus()
    units = reader.state(
        "page.currentAnalysis().units.filter(u => u.kind !== 'meta').map(u => u.id)"
    )
    assert focused(reader) == units[0]
    for _ in range(4):
        keys.press("ArrowDown")
    assert focused(reader) == units[4]
    keys.press("ArrowUp")
    keys.press("End")
    assert focused(reader) == units[-1]
    keys.press("Home")
    while not page.evaluate("document.activeElement.closest('.unit.body')?.querySelector('.chip')"):
        keys.press("ArrowDown")
    shown = focused(reader)
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(page.locator(".filter-bar")).to_be_visible()
    keys.press("ArrowLeft")
    keys.press("Enter")
    expect(page.get_by_role("region", name="这一句")).to_be_focused()
    page.get_by_role("radio", name="存在问题").focus()
    keys.press("Space")
    expect(page.get_by_role("radio", name="存在问题")).to_be_focused()
    assert list(reader.state("page.state.corrections")) == [shown]
    keys.press("Escape")
    expect(page.get_by_role("region", name="这一句")).to_be_hidden()
    assert focused(reader) == shown
    keys.press("Escape")
    expect(page.locator(".filter-bar")).to_be_hidden()


def test_one_tab_stop_for_the_text_and_one_for_the_outline(reader: Reader) -> None:
    reader.paste(REPORT)
    assert reader.page.locator("#report [tabindex='0']").count() == 1
    assert reader.page.locator(".outline li [tabindex='0']").count() == 1
    reader.page.locator(".outline li [tabindex='0']").focus()
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("Enter")
    assert "高位推动" in reader.page.locator(f'[data-id="{focused(reader)}"]').inner_text()


def test_tabs_turn_with_arrows(reader: Reader) -> None:
    reader.paste(REPORT)
    number = reader.page.get_by_role("tab").count()
    reader.page.get_by_role("tab", selected=True).focus()
    for _ in range(number):
        reader.page.keyboard.press("ArrowRight")
        expect(reader.page.get_by_role("tab", selected=True)).to_be_focused()
    expect(reader.page.get_by_role("tab", name="报告")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize(("key", "role"), [("p", "problem"), ("n", "plan")])
def test_letters_lead_to_problems_and_plans_unless_switched_off(
    reader: Reader, key: str, role: str
) -> None:
    reader.paste(REPORT)
    reader.page.keyboard.press(key)
    expect(reader.page.locator(f".selected .mark[data-role={role}]")).to_be_visible()
    reader.page.keyboard.press("Escape")
    reader.page.keyboard.press("?")
    reader.page.get_by_label("启用单键快捷键").uncheck()
    reader.page.keyboard.press("Escape")
    reader.page.keyboard.press(key)
    assert reader.state("page.state.selected") is None
