"""For everybody: axe-core finds nothing serious, a phone needs no sideways scroll, paper shows the text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.page.conftest import DESKTOP, PHONE
from tests.page.reader import REPORT, Reader


def assert_accessible(page: Page) -> None:
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    serious = [v for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
    told = [(v["id"], [n["target"] for n in v["nodes"][:3]]) for v in serious]
    assert not told


def open_for_axe(new_page: Callable[..., Page], url: str, **options: object) -> Reader:
    """axe-core is put into the page as a script, which the policy of the page would refuse."""
    return Reader.open(new_page(bypass_csp=True, **options), url)


def test_axe_finds_nothing_serious_anywhere(new_page: Callable[..., Page], url: str) -> None:
    reader = open_for_axe(new_page, url)
    assert_accessible(reader.page)
    reader.paste(REPORT)
    assert_accessible(reader.page)
    reader.page.get_by_role("button", name="快捷键").click()
    assert_accessible(reader.page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_serious_in_a_filtered_report_with_a_card(
    new_page: Callable[..., Page], url: str, scheme: str, viewport: dict[str, int]
) -> None:
    reader = open_for_axe(new_page, url, viewport=viewport, color_scheme=scheme)
    reader.paste(REPORT)
    reader.row("压减审批时限").locator(".mark").click()
    reader.page.locator(".unit.body .chip[data-label=fangguanfu]").first.click()
    reader.page.get_by_label("保留上下文").check()
    assert_accessible(reader.page)


def test_a_phone_needs_no_sideways_scroll(new_page: Callable[..., Page], url: str) -> None:
    reader = Reader.open(new_page(viewport=PHONE, has_touch=True, is_mobile=True), url)
    for act in (
        lambda: None,
        lambda: reader.paste(REPORT),
        lambda: reader.row("压减审批时限").locator(".mark").tap(),
        lambda: reader.page.get_by_role("button", name="English").tap(),
    ):
        act()
        width = reader.page.evaluate("document.documentElement.scrollWidth")
        assert width == PHONE["width"]
    expect(reader.row("压减审批时限")).to_be_in_viewport()
    card = reader.page.locator("#card").bounding_box()
    row = reader.row("压减审批时限").bounding_box()
    assert card and row and row["y"] + row["height"] <= card["y"] + 1


def test_paper_shows_the_text_and_none_of_the_controls(reader: Reader) -> None:
    reader.paste(REPORT)
    reader.page.emulate_media(media="print")
    for hidden in ("header .actions", ".side", ".outline", ".strip"):
        expect(reader.page.locator(hidden)).to_be_hidden()
    expect(reader.rows.first).to_be_visible()
    expect(reader.rows.last.locator(".mark")).to_be_visible()


def test_marks_have_a_shape_of_their_own_for_each_role(reader: Reader) -> None:
    reader.paste(REPORT)
    shapes = {
        tuple(
            reader.page.locator(f".filters .mark[data-role={role}]").evaluate(
                "e => { const s = getComputedStyle(e);"
                " return [s.borderRadius, s.borderTopStyle, s.borderTopWidth]; }"
            )
        )
        for role in ("achievement", "problem", "plan", "background")
    }
    assert len(shapes) == 4
