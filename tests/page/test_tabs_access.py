"""The tabs for everybody: axe-core finds nothing serious, paper shows the whole of a tab."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import DESKTOP, PHONE
from tests.page.reader import Reader
from tests.page.sample import years
from tests.page.test_access import assert_accessible
from tests.page.test_tabs import TABS

A4_LANDSCAPE_PIXELS = 1016  # within margins of 14 mm


@pytest.mark.parametrize("tab", TABS)
def test_axe_finds_nothing_serious_in_any_tab(
    new_page: Callable[..., Page], url: str, tab: str
) -> None:
    scheme, viewport = ("dark", PHONE) if tab == "comparison" else ("light", DESKTOP)
    reader = Reader.open(new_page(viewport=viewport, color_scheme=scheme, bypass_csp=True), url)
    reader.show(years())
    reader.set({"tab": tab})
    expect(reader.page.locator(f"#panel-{tab} .tab")).to_be_visible()
    assert_accessible(reader.page)


def test_paper_shows_a_tab_without_what_only_a_screen_can_do(reader: Reader) -> None:
    reader.show(years())
    reader.tab("比较")
    reader.page.emulate_media(media="print")
    expect(reader.page.get_by_role("tab", name="比较")).to_be_hidden()
    expect(reader.page.get_by_role("button", name="下载全部 3 份 CSV").first).to_be_hidden()
    overflow = "boxes => boxes.map(box => getComputedStyle(box).overflowX)"
    assert set(reader.page.locator(".scroll:visible").evaluate_all(overflow)) == {"visible"}
    reader.page.set_viewport_size({"width": A4_LANDSCAPE_PIXELS, "height": 700})
    assert reader.page.evaluate("document.documentElement.scrollWidth") == A4_LANDSCAPE_PIXELS


def test_a_tab_is_printed_on_wide_paper_from_its_first_page(reader: Reader) -> None:
    reader.show(years())
    sizes = []
    for tab in ("报告", "覆盖"):
        reader.tab(tab)
        pdf = reader.page.pdf(prefer_css_page_size=True, format="A4")
        sizes.append({float(width) for width in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ", pdf)})
    narrow, wide = sizes
    assert {round(width, -1) for width in narrow} == {600}
    assert {round(width, -1) for width in wide} == {840}
